import { crc32 } from 'node:zlib';
import { MillraceError } from '../../lib/error.ts';
import type { Origin } from '../../lib/event/origin.ts';
import { integer } from '../../lib/option/declare.ts';
import type { Route } from '../../lib/plugin/contract.ts';
import { defineRoute } from '../../lib/plugin/define.ts';
import { nestedList } from '../../lib/plugin/nested.ts';

export default defineRoute({
  type: 'roundrobin',
  doc: 'Sends each batch of events to one of its stores, in turn and by weight. A batch from a source that can offer it again (a tailed file, a forwarding agent) goes to the store that its position says, so that the second time it finds the store that already has it.',
  options: {
    store: nestedList('output', { doc: 'An output, or a route to further outputs.' }),
  },
  branches: 'store',
  branchOptions: {
    weight: integer({
      doc: 'How many shares of the batches this store takes.',
      default: 1,
      min: 0,
    }),
  },
  create(_, context) {
    if (context.branches.length === 0)
      throw new MillraceError('MR_OPTION', 'route `roundrobin` needs at least one `<store>`');
    return takeTurns(context.branches.map((branch) => Number(branch['weight'] ?? 1)));
  },
});

function takeTurns(given: readonly number[]): Route {
  // Weights of nothing at all would leave a batch nowhere to go.
  const weights = given.some((weight) => weight > 0) ? given : given.map(() => 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const credits = weights.map(() => 0);

  /** Smooth weighted round robin: the one with the most credit pays for the turn. */
  function next(): number {
    let best = 0;
    for (const [index, weight] of weights.entries()) {
      credits[index] = (credits[index] ?? 0) + weight;
      if ((credits[index] ?? 0) > (credits[best] ?? 0)) best = index;
    }
    credits[best] = (credits[best] ?? 0) - total;
    return best;
  }

  function branchOf(origin: Origin): number {
    let share = hash(origin) % total;
    for (const [index, weight] of weights.entries()) {
      if (share < weight) return index;
      share -= weight;
    }
    return 0;
  }

  return (batch) => [
    { branch: batch.origin === undefined ? next() : branchOf(batch.origin), batch },
  ];
}

/** Spread evenly, and the same in every run of every version. */
function hash(origin: Origin): number {
  return crc32(`${origin.source}\n${origin.epoch}\n${origin.begin}`);
}
