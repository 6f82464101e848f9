import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { RelayedStamp } from '../event/agent.ts';
import type { AgentAccount } from './agent_account.ts';
import { agentJson } from './agent_json.ts';
import type { Load } from './carried.ts';
import { carriedLine } from './carried_line.ts';
import { epochsOf } from './fleet_report.ts';
import { type JournalReader, readJournal } from './journal_lines.ts';

/** When a file is longer, and twice as long as when it was written anew, it is written anew. */
const leastLongBytes = 4 * 1024 * 1024;

/** All that a fleet remembers. */
export interface Remembered {
  readonly identities: Iterable<readonly [agentId: string, identity: string]>;
  readonly accounts: Iterable<AgentAccount>;
  readonly loads: Iterable<Load>;
}

/** The file by which a fleet is remembered across restarts and kills; its form is at `readJournal`. */
export class FleetJournal {
  readonly #path: string;
  /** What the file tells of agents, by id. */
  readonly #told = new Map<string, string>();
  #file: number;
  #bytes = 0;
  #longBytes = leastLongBytes;

  /** Opens the file, or makes it. @throws the system's error */
  static open(path: string, reader: JournalReader): FleetJournal {
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path)) readJournal(readFileSync(path, 'utf8'), reader);
    return new FleetJournal(path);
  }

  private constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'a');
    // The line that a kill has cut, if any, ends here.
    this.#bytes += writeSync(this.#file, '\n');
  }

  /** Whether it is time to write it anew. */
  get isLong(): boolean {
    return this.#bytes > this.#longBytes;
  }

  /** Events of an agent are stored. @throws the system's error */
  stored(stamp: RelayedStamp, nowMs: number): void {
    const { agent, origin, receivers, ageMs, count, address, part, parts } = stamp;
    const { source, epoch, begin, end, low } = origin;
    const text = JSON.stringify(agentJson(agent));
    const isTold = this.#told.get(agent.id) === text;
    const who = isTold ? JSON.stringify(agent.id) : text;
    const rest = [source, epoch, begin, end, low, count, receivers, ageMs, address, nowMs];
    if (parts > 1) rest.push(part, parts);
    this.#bytes += writeSync(this.#file, `["stored",${who},${JSON.stringify(rest).slice(1)}\n`);
    this.#told.set(agent.id, text);
  }

  /** An agent is bound to an identity. @throws the system's error */
  bound(agentId: string, identity: string): void {
    this.#append(['bound', agentId, identity]);
  }

  /** What another said as an agent was not believed. @throws the system's error */
  refused(agentId: string): void {
    this.#append(['refused', agentId]);
  }

  /** A frame that is stored brought stamps of others. @throws the system's error */
  carried(load: Load): void {
    this.#append(carriedLine(load));
  }

  /** Writes the file anew. @throws the system's error; the file is as before */
  compact(remembered: Remembered): void {
    // Should it fail, it is not tried again at once.
    this.#longBytes = this.#bytes + leastLongBytes;
    const temporary = `${this.#path}.tmp`;
    const file = openSync(temporary, 'w');
    let bytes = 0;
    try {
      for (const line of linesOf(remembered)) bytes += writeLine(file, line);
      fsyncSync(file);
      renameSync(temporary, this.#path);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    closeSync(this.#file);
    this.#file = file;
    this.#told.clear();
    this.#bytes = bytes;
    this.#longBytes = Math.max(leastLongBytes, 2 * bytes);
  }

  close(): void {
    closeSync(this.#file);
  }

  #append(line: readonly unknown[]): void {
    this.#bytes += writeLine(this.#file, line);
  }
}

function writeLine(file: number, line: readonly unknown[]): number {
  return writeSync(file, `${JSON.stringify(line)}\n`);
}

function* linesOf({ identities, accounts, loads }: Remembered): Generator<readonly unknown[]> {
  for (const binding of identities) yield ['bound', ...binding];
  for (const account of accounts) yield accountLine(account);
  for (const load of loads) yield carriedLine(load);
}

function accountLine(account: AgentAccount): readonly unknown[] {
  const { agent, address, receivers, firstSeenMs, lastSeenMs, ageMs, totals } = account;
  const about = { address, receivers, firstSeenMs, lastSeenMs, ageMs, totals };
  return ['account', { agent: agentJson(agent), ...about }, epochsOf(account)];
}
