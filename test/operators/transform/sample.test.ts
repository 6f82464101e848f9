import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { operatorLaws } from '../../../lib/testing/laws/operator_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import sample from '../../../operators/transform/sample.ts';
import { batchOf, OperatorRig, outcomeOf } from './operator_rig.ts';

operatorLaws(sample, { every: 2 }, { test });

const numbered = (count: number): EventRecord[] =>
  Array.from({ length: count }, (_, n) => ({ n, id: `id-${n % 1000}` }));
const numbers = (rig: OperatorRig): unknown[] => rig.records.flat().map(({ n }) => n);

test('chance keeps the share', async () => {
  let drawn = 0;
  const random = (): number => (drawn++ % 10) / 10;
  const rig = new OperatorRig(sample({ rate: 0.3 }), testContext({ random }));
  await rig.feed(batchOf('a', ...numbered(20)));
  assert.deepEqual(numbers(rig), [0, 1, 2, 10, 11, 12]);
});

test('a rate of 1 passes batches on as they are, a rate of 0 drops them', async () => {
  const [all, none] = [new OperatorRig(sample({ rate: 1 })), new OperatorRig(sample({ rate: 0 }))];
  const [kept, dropped] = [batchOf('a', { n: 1 }), batchOf('a', { n: 1 })];
  await all.feed(kept);
  await none.feed(dropped, batchOf('a'));
  assert.equal(all.passed[0], kept);
  assert.deepEqual(none.passed, []);
  assert.equal(outcomeOf(dropped), true);
});

test('every nth event is kept, across batches, the first one to begin with', async () => {
  const rig = new OperatorRig(sample({ every: 3 }));
  await rig.feed(batchOf('a', ...numbered(4)), batchOf('b', { n: 4 }, { n: 5 }, { n: 6 }));
  assert.deepEqual(numbers(rig), [0, 3, 6]);
});

test('a key keeps all or none of its events, whatever chance says, and about the share of keys', async () => {
  const kept = async (given: Parameters<typeof sample>[0]): Promise<unknown[]> => {
    const rig = new OperatorRig(sample(given), testContext({ random: Math.random }));
    await rig.feed(batchOf('a', ...numbered(3000)));
    return rig.records.flat().map(({ id }) => id);
  };
  const ids = await kept({ rate: 0.2, key: ['id'] });
  const different = new Set(ids);
  assert.equal(ids.length, different.size * 3);
  assert(different.size > 150 && different.size < 250, `${different.size} of 1000`);
  assert.deepEqual(await kept({ every: 5, key: ['id'] }), ids);
});

test('options that do not fit together are refused', () => {
  for (const given of [{}, { rate: 0.5, every: 2 }, { rate: 1.5 }, { rate: -1 }]) {
    assert.throws(() => testContext().make(sample(given)), { code: 'MR_OPTION' });
  }
});
