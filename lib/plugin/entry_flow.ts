import type { TaggedEntry } from '../event/entry.ts';

/** What user code on single entries, of whatever library, is driven by. */
export interface EntryFlow {
  /** The next entry, or undefined at the end of all. Asking says that the one before is dealt with. */
  take(): TaggedEntry | undefined | Promise<TaggedEntry | undefined>;
  /**
   * Hands on what came out: an entry, with a tag or that of the entry taken last. Undefined while there is room,
   * else a promise of room. What is no entry is a fault of the entry taken last.
   */
  give(value: unknown): Promise<void> | undefined;
  /** Sends the entry taken last to `@ERROR`. @throws the cause when none has been taken yet */
  fail(cause: Error): void;
  /** Aborted when the code is over or left behind: it is to let go of what it holds. */
  readonly signal: AbortSignal;
}

/**
 * User code on single entries. Resolves when it has taken the end and given all. What it rejects with is the fault
 * of the entry that it has taken and not dealt with; then it is called again, for the entries behind that one.
 */
export type EntryStage = (flow: EntryFlow) => Promise<void>;
