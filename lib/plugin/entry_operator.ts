import { toError } from '../error.ts';
import type { TaggedEntry } from '../event/entry.ts';
import type { PluginContext } from './context.ts';
import type { Operator } from './contract.ts';
import { EntryBasket } from './entry_basket.ts';
import { EntryIntake } from './entry_intake.ts';
import { EntryTurn } from './entry_turn.ts';
import { isStalled } from './guard_operator.ts';

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

/**
 * A stage on single entries as an operator. It loses lineage: a batch is acknowledged when all of its entries
 * have been taken and dealt with, whatever becomes of what was made of them.
 */
export function entryOperator(stage: EntryStage, context: PluginContext): Operator {
  return async function* (source, signal) {
    const closing = new AbortController();
    const basket = new EntryBasket();
    const intake = new EntryIntake(source, () => basket.drained());
    const driving: Driving = {
      stage,
      intake,
      basket,
      context,
      signal: AbortSignal.any([signal, closing.signal]),
    };
    drive(driving).then(
      () => basket.end(),
      (thrown) => basket.end(toError(thrown)),
    );
    try {
      for (;;) {
        const batches = await basket.batches();
        if (batches === undefined) return;
        yield* batches;
      }
    } finally {
      closing.abort();
    }
  };
}

/** A stage on its way, with what it takes from and gives to. */
export interface Driving {
  readonly stage: EntryStage;
  readonly intake: EntryIntake;
  readonly basket: EntryBasket;
  readonly context: PluginContext;
  readonly signal: AbortSignal;
}

/** Runs the stage to its end, once more after each entry that it failed on. */
async function drive(driving: Driving): Promise<void> {
  const { intake, context } = driving;
  for (let stalls = 0; stalls < 2; ) {
    const turn = new EntryTurn(driving);
    const failure = await turn.run();
    if (failure === undefined) return;
    const { entry, cause } = failure;
    if (entry === undefined) throw cause;
    context.emitError(entry.tag, entry, cause);
    stalls = isStalled(cause) ? (turn.hasComeBack ? 1 : stalls + 1) : 0;
    if (stalls < 2) continue;
    // It stalls on everything: the rest of the batch would take half a minute an entry.
    for (const rest of intake.giveUp()) context.emitError(rest.tag, rest, cause);
    throw cause;
  }
}
