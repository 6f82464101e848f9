import assert from 'node:assert/strict';
import { entriesBatch } from '../../codec/batch.ts';
import type { EventBatch } from '../../event/batch.ts';
import { Delivery, type Outcome } from '../../event/delivery.ts';
import type { GivenArguments, Shape } from '../../option/option.ts';
import type { Directed, Route } from '../../plugin/contract.ts';
import type { Plugin } from '../../plugin/define.ts';
import { printEvent } from '../print_event.ts';
import { settled } from '../settled.ts';
import { testContext } from '../test_context.ts';
import { makePlugin } from '../test_text.ts';
import { hostileEvents } from './hostile.ts';
import { type LawSettings, lawsOf } from './law.ts';

/** What the laws must know of a route. */
export interface RouteLawSettings extends LawSettings {
  /** What the sections of its branches say; there are two that say nothing unless given. */
  readonly branches?: readonly { readonly [option: string]: unknown }[];
}

/** Declares as tests what holds for every route. */
export function routeLaws<S extends Shape>(
  plugin: Plugin<'route', S>,
  ...[given, settings = {}]: GivenArguments<S, [settings?: RouteLawSettings]>
): void {
  const law = lawsOf(plugin, settings);
  const { branches = [{}, {}] } = settings;
  const make = (): Promise<Route> => makePlugin(plugin, given, testContext({ branches }));
  /** Sends batches through a new one, and settles what it directs as the branches would. */
  const run = async (settle: (delivery: Delivery) => void): Promise<readonly EventBatch[]> => {
    const route = await make();
    const fed = batches();
    for (const directed of fed.flatMap(route)) void take(directed, settle);
    await settled();
    return fed;
  };

  law('directs the same entries, under the same tag, to branches that there are', async () => {
    const route = await make();
    for (const batch of batches()) {
      for (const { branch, batch: directed } of route(batch)) {
        assert(branch in branches, `there is no branch ${branch} among ${branches.length}`);
        assert.deepEqual([directed.tag, print(directed)], [batch.tag, print(batch)]);
      }
    }
  });
  law('directs a batch that is offered again to where it went, as the same', async () => {
    const [one, other] = [await make(), await make()];
    const forth = batches().map((batch) => ways(one, batch));
    const back = batches()
      .toReversed()
      .map((batch) => ways(other, batch));
    assert.deepEqual(back.toReversed(), forth);
    for (const sources of forth.map((each) => each.map(({ source }) => source))) {
      assert.equal(new Set(sources).size, sources.length, 'two branches get one origin');
    }
  });
  for (const outcome of ['taken', 'refused'] as const) {
    law(`has every delivery settled once when all that it directs is ${outcome}`, async () => {
      const repeated = Delivery.repeatedSettles;
      const fed = await run((delivery) => {
        if (outcome === 'taken') delivery.ack();
        else delivery.nack(new Error('no room'));
      });
      const outcomes = fed.map(({ delivery }): Outcome | undefined => delivery.outcome);
      const open = fed.filter((_, index) => outcomes[index] === undefined);
      assert.deepEqual(open.map(print), [], 'deliveries were not settled');
      if (outcome === 'taken')
        assert(
          outcomes.every((each) => each?.ok),
          'deliveries were nacked',
        );
      assert.equal(Delivery.repeatedSettles - repeated, 0, 'deliveries were settled twice');
    });
  }
}

/** Batches of a source that can offer them again. */
function batches(): EventBatch[] {
  return hostileEvents().map(({ tag, time, record }, index) => {
    const origin = { source: 'laws', epoch: 1, begin: index, end: index + 1, low: 0 };
    return entriesBatch(tag, [{ time, record }], { origin });
  });
}

async function take(
  { batch, unless }: Directed,
  settle: (delivery: Delivery) => void,
): Promise<void> {
  const before = await unless?.settled;
  if (before?.ok === true) batch.delivery.ack();
  else settle(batch.delivery);
}

function ways(route: Route, batch: EventBatch): { branch: number; source: string | undefined }[] {
  return route(batch).map(({ branch, batch: { origin } }) => ({ branch, source: origin?.source }));
}

function print(batch: EventBatch): string {
  return batch.entries().map(printEvent).join('\n');
}
