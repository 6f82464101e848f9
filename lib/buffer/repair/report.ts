/** What was, or with a dry run would be, done to a file. */
export type Remedy =
  /** Written anew without what was damaged, and sealed. */
  | 'rewritten'
  /** Its torn end was cut off. */
  | 'cut'
  /** It was sealed already and got the name of a sealed one. */
  | 'sealed'
  /** Nothing in it was ever acknowledged, and it was deleted. */
  | 'removed'
  /** It is in quarantine, for nothing in it can be used. */
  | 'put aside'
  /** Taken back from quarantine with a new head. */
  | 'restored';

/** A file that was mended. */
export interface Mended {
  /** Its path in the buffer's folder. */
  readonly name: string;
  readonly chunkId: string | undefined;
  readonly remedy: Remedy;
  /** What was wrong, as a person reads it. */
  readonly damages: readonly string[];
  /** Events in the chunk afterwards. */
  readonly count: number;
  /** Bytes that went to quarantine. */
  readonly keptBytes: number;
  /** What could not be had back, as a person reads it. */
  readonly missing: readonly string[];
}

/** A file that only a person can decide about. */
export interface Left {
  readonly name: string;
  readonly reason: string;
}

/** What a command on buffers did. */
export interface RepairReport {
  /** Chunk files that were looked at, those in quarantine too. */
  readonly looked: number;
  readonly mended: readonly Mended[];
  readonly left: readonly Left[];
}
