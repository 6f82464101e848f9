/** What a floor program is told to do, as JSON in its first argument. */
export interface FloorTask {
  readonly form: string;
  readonly input: string;
  /** Where its output and its store lie. */
  readonly folder: string;
  readonly inPort: number;
  readonly outPort: number;
  /** After so many it sends on what it still holds. */
  readonly events: number;
}

/** What a process has used is read while it lives: it is ended by whoever measures it. */
export function stay(): void {
  setInterval(() => {}, 60_000);
}

/** The task of this process. */
export function readTask(): FloorTask {
  return JSON.parse(process.argv[2] ?? '');
}
