import assert from 'node:assert/strict';
import { entriesBatch } from '../../codec/batch.ts';
import type { EventBatch } from '../../event/batch.ts';
import { Delivery } from '../../event/delivery.ts';
import type { TaggedEntry } from '../../event/entry.ts';
import type { GivenArguments, Shape } from '../../option/option.ts';
import { anyPlugin, type Plugin } from '../../plugin/define.ts';
import { freezeEntry } from '../../plugin/user_code.ts';
import { event } from '../event.ts';
import { printEvent } from '../print_event.ts';
import { settled } from '../settled.ts';
import { testContext } from '../test_context.ts';
import { makePlugin } from '../test_text.ts';
import { claimEntry, claimUnpolluted } from './claims.ts';
import { hostileEvents } from './hostile.ts';
import { type LawSettings, lawsOf } from './law.ts';

/** What the laws must know of a stream operator. */
export interface OperatorLawSettings extends LawSettings {
  /** Events that it does something with; strange ones come besides. */
  readonly samples?: readonly TaggedEntry[];
}

/** Declares as tests what holds for every stream operator. */
export function operatorLaws<S extends Shape>(
  plugin: Plugin<'operator', S>,
  ...[given, settings = {}]: GivenArguments<S, [settings?: OperatorLawSettings]>
): void {
  const law = lawsOf(plugin, settings);
  const batches = (): EventBatch[] =>
    [...(settings.samples ?? [event('app', { n: 1 }), event('web', { n: 2 })]), ...hostileEvents()]
      .map(({ tag, time, record }) => event(tag, record, time))
      .map((each) => entriesBatch(each.tag, [freezeEntry(each)]));
  /** Runs a new one on batches until it ends, an hour passing between them and their end. */
  const run = async (fed: readonly EventBatch[], settle: (batch: EventBatch) => void) => {
    const context = testContext();
    const operator = await makePlugin(plugin, given, context);
    const made: EventBatch[] = [];
    const { signal } = new AbortController();
    const drain = async (): Promise<void> => {
      for await (const batch of operator(source(), signal)) {
        made.push(batch);
        settle(batch);
      }
    };
    async function* source(): AsyncGenerator<EventBatch> {
      yield* fed;
      await settled();
      await context.clock.pass(3_600_000);
    }
    await context.clock.passUntil(drain());
    return made;
  };

  law('ends when its source ends, whatever it is given', async () => {
    for (const batch of await run(batches(), ({ delivery }) => delivery.ack())) {
      assert.equal(typeof batch.tag, 'string');
      for (const each of batch) claimEntry(each);
    }
    claimUnpolluted();
    await run([], () => {});
  });
  law('has every delivery settled once when all that it gives is taken', async () => {
    const fed = batches();
    const repeated = Delivery.repeatedSettles;
    await run(fed, ({ delivery }) => delivery.ack());
    const open = fed.filter(({ delivery }) => delivery.outcome === undefined);
    assert.deepEqual(open.map(print), [], 'deliveries were not settled');
    const lost = fed.filter(({ delivery }) => delivery.outcome?.ok === false);
    assert.deepEqual(lost.map(print), [], 'deliveries were nacked');
    assert.equal(Delivery.repeatedSettles - repeated, 0, 'deliveries were settled twice');
  });
  law('has every delivery settled once when what it gives is refused', async () => {
    const fed = batches();
    const repeated = Delivery.repeatedSettles;
    const refusal = new Error('no room');
    const made = await run(fed, ({ delivery }) => delivery.nack(refusal));
    const open = fed.filter(({ delivery }) => delivery.outcome === undefined);
    assert.deepEqual(open.map(print), [], 'deliveries were not settled');
    const isHeard = fed.some(({ delivery }) => delivery.outcome?.ok === false);
    const { losesLineage = false } = anyPlugin(plugin);
    assert(
      isHeard || losesLineage || made.length === 0,
      'no source heard that a batch was refused',
    );
    assert.equal(Delivery.repeatedSettles - repeated, 0, 'deliveries were settled twice');
  });
  law('ends without any time passing when its signal is aborted', async () => {
    const operator = await makePlugin(plugin, given, testContext());
    const stop = new AbortController();
    let isAtEnd = false;
    async function* source(): AsyncGenerator<EventBatch> {
      yield* batches();
      stop.abort();
      isAtEnd = true;
    }
    let hasEnded = false;
    const drain = async (): Promise<void> => {
      for await (const { delivery } of operator(source(), stop.signal)) delivery.ack();
      hasEnded = true;
    };
    const drained = drain().catch((thrown: unknown) => {
      hasEnded = stop.signal.aborted;
      if (!hasEnded) throw thrown;
    });
    await settled();
    // An operator that waits while batches come is told by the signal alone.
    if (!isAtEnd) stop.abort();
    await settled();
    assert(hasEnded, 'it goes on after its signal was aborted and its source has ended');
    await drained;
  });
}

function print(batch: EventBatch): string {
  return batch
    .entries()
    .map((each) => printEvent({ tag: batch.tag, ...each }))
    .join('\n');
}
