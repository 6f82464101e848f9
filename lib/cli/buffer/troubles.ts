import { type Damage, hidesEvents } from '../../buffer/survey/damage.ts';
import type { Terminal } from '../terminal.ts';

/** Tells on standard error what is wrong with chunks, and remembers whether events are missing. */
export class Troubles {
  isMissing = false;
  readonly #terminal: Terminal;
  readonly #clear: () => void;

  /** `clear` makes room for a line where a bar stands. */
  constructor(terminal: Terminal, clear: () => void = () => {}) {
    this.#terminal = terminal;
    this.#clear = clear;
  }

  damage(path: string, damage: Damage): void {
    if (hidesEvents(damage)) this.isMissing = true;
    this.#tell(path, `${placeText(damage)}: ${damage.reason}`);
  }

  /** Events that cannot be read, for a reason that is no damage of the file. */
  unreadable(path: string, reason: string): void {
    this.isMissing = true;
    this.#tell(path, reason);
  }

  /** What a person should know, and nothing is missing. */
  note(path: string, text: string): void {
    this.#tell(path, text);
  }

  #tell(path: string, text: string): void {
    this.#clear();
    this.#terminal.err.write(`${path}: ${text}\n`);
  }
}

/** Where damage is: `45 bytes at 123`; plain numbers, for other tools are given them. */
export function placeText({ end, start }: Damage): string {
  const length = end - start;
  if (length === 0) return `at ${start}`;
  return `${length} ${length === 1 ? 'byte' : 'bytes'} at ${start}`;
}
