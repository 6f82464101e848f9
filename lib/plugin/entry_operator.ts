import { toError } from '../error.ts';
import type { PluginContext } from './context.ts';
import type { Operator } from './contract.ts';
import { EntryBasket } from './entry_basket.ts';
import type { EntryStage } from './entry_flow.ts';
import { EntryIntake } from './entry_intake.ts';
import { type Driving, EntryTurn } from './entry_turn.ts';
import { isStalled } from './guard_operator.ts';

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
