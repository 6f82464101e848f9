import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventRecord } from '../../../lib/event/entry.ts';
import type { Receipt } from '../../../lib/plugin/contract.ts';
import { operatorLaws } from '../../../lib/testing/laws/operator_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import flowcounter from '../../../operators/transform/flowcounter.ts';
import { batchOf, OperatorRig, outcomeOf } from './operator_rig.ts';

operatorLaws(flowcounter, { unit: 'second' }, { test });

/** What was emitted under `flowcount`. */
function countsOf(rig: OperatorRig): EventRecord[] {
  const counts = rig.passed.filter(({ tag }) => tag === 'flowcount');
  return counts.flatMap((batch) => batch.entries().map(({ record }) => record));
}

function receiptOf(outputId: string, tag: string, count: number, bytes: number): Receipt {
  return { outputId, chunkId: '', tag, count, bytes, attempts: 1, latencyMs: 0 };
}

test('events pass unchanged, and are counted by tag in each unit', async () => {
  const rig = new OperatorRig(flowcounter({ unit: 'second' }));
  const [first, second] = [batchOf('app.a', { n: 1 }, { n: 2 }), batchOf('app.b', { n: 3 })];
  await rig.feed(first, second);
  assert.deepEqual(rig.passed, [first, second]);
  assert.equal(outcomeOf(first), undefined);
  await rig.advance(1000);
  const [bytes, more] = [first.packed().length, second.packed().length];
  assert.deepEqual(countsOf(rig), [
    {
      'app.a_count': 2,
      'app.a_bytes': bytes,
      'app.a_count_rate': 2,
      'app.a_bytes_rate': bytes,
      'app.b_count': 1,
      'app.b_bytes': more,
      'app.b_count_rate': 1,
      'app.b_bytes_rate': more,
    },
  ]);
  const [time] = rig.passed[2]?.entries().map((entry) => entry.time.sec) ?? [];
  assert.equal(time, rig.context.clock.now().sec);
});

test('rates are by the second, rounded down to hundredths', async () => {
  const rig = new OperatorRig(flowcounter({ aggregate: 'all', countKeys: ['text', 'gone'] }));
  await rig.feed(batchOf('a', { text: 'grün' }), batchOf('b', { text: 'x' }));
  await rig.advance(60_000);
  const counted = { count: 2, bytes: 6, count_rate: 0.03, bytes_rate: 0.1 };
  assert.deepEqual(countsOf(rig), [counted]);
});

test('`tagged` emits an event for each tag, without the prefix that is to be removed', async () => {
  const given = { outputStyle: 'tagged', inputTagRemovePrefix: 'app', countKeys: ['n'] } as const;
  const rig = new OperatorRig(flowcounter(given));
  await rig.feed(batchOf('app.a', { n: 10 }), batchOf('apple', { n: 1 }));
  await rig.advance(60_000);
  assert.deepEqual(countsOf(rig), [
    { count: 1, bytes: 2, count_rate: 0.01, bytes_rate: 0.03, tag: 'a' },
    { count: 1, bytes: 1, count_rate: 0.01, bytes_rate: 0.01, tag: 'apple' },
  ]);
});

test('an idle tag counts as 0, or is left out with `delete_idle`', async () => {
  for (const deleteIdle of [true, false]) {
    const rig = new OperatorRig(flowcounter({ outputStyle: 'tagged', deleteIdle }));
    await rig.advance(60_000);
    assert.deepEqual(countsOf(rig), []);
    await rig.feed(batchOf('a', { n: 1 }));
    await rig.advance(60_000);
    await rig.advance(60_000);
    const counted = countsOf(rig).map(({ count }) => count);
    assert.deepEqual(counted, deleteIdle ? [1] : [1, 0]);
  }
});

test('all together is counted when it is 0 too', async () => {
  const rig = new OperatorRig(flowcounter({ aggregate: 'all', unit: '30s' }));
  await rig.advance(30_000);
  assert.deepEqual(countsOf(rig), [{ count: 0, bytes: 0, count_rate: 0, bytes_rate: 0 }]);
});

test('a process that slept emits one count, over the time that it was', async () => {
  const rig = new OperatorRig(flowcounter({ aggregate: 'all', unit: 'second', countKeys: ['n'] }));
  await rig.feed(batchOf('a', { n: 1 }, { n: 2 }));
  await rig.advance(10_500);
  await rig.advance(499);
  assert.deepEqual(countsOf(rig), [{ count: 2, bytes: 2, count_rate: 0.19, bytes_rate: 0.19 }]);
  await rig.advance(1);
  assert.equal(countsOf(rig).length, 2);
});

test('the end of the source emits what was counted since, if anything was', async () => {
  const [busy, idle] = [new OperatorRig(flowcounter()), new OperatorRig(flowcounter())];
  await busy.feed(batchOf('a', { n: 1 }));
  await busy.advance(10_000);
  for (const rig of [busy, idle]) await rig.end();
  assert.equal(countsOf(busy)[0]?.['a_count_rate'], 0.1);
  assert.deepEqual(countsOf(idle), []);
  assert.equal(busy.context.clock.timers, 0);
});

test('tags beyond the number are counted together, until idle ones have made room', async () => {
  const rig = new OperatorRig(flowcounter({ outputStyle: 'tagged', maxTags: 2 }));
  const count = async (...tags: string[]): Promise<unknown[]> => {
    await rig.feed(...tags.map((tag) => batchOf(tag, { n: 1 })));
    const before = countsOf(rig).length;
    await rig.advance(60_000);
    return countsOf(rig)
      .slice(before)
      .map(({ tag, count: counted }) => [tag, counted]);
  };
  assert.deepEqual(await count('a', 'b', 'c', 'd', 'a'), [
    ['a', 2],
    ['b', 1],
    ['others', 2],
  ]);
  assert.deepEqual(await count('a'), [
    ['a', 1],
    ['b', 0],
    ['others', 0],
  ]);
  assert.deepEqual(await count('c'), [
    ['a', 0],
    ['c', 1],
  ]);
});

test('receipts of the outputs named are counted, and what passes is not', async () => {
  const rig = new OperatorRig(flowcounter({ count: 'receipts', outputs: ['disk', 'far'] }));
  await rig.feed(batchOf('app', { n: 1 }));
  rig.context.deliver(receiptOf('disk', 'app', 10, 100));
  rig.context.deliver(receiptOf('far', 'app', 1, 5));
  rig.context.deliver(receiptOf('other', 'app', 7, 70));
  rig.context.deliver(receiptOf('disk', 'flowcount', 1, 40));
  await rig.advance(60_000);
  assert.deepEqual(countsOf(rig), [
    { app_count: 11, app_bytes: 105, app_count_rate: 0.18, app_bytes_rate: 1.75 },
  ]);
});

test('an operator that has ended hears no more receipts', async () => {
  const listeners = new Set<unknown>();
  const context = testContext({
    receipts: () => (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
  const rig = new OperatorRig(flowcounter({ count: 'receipts' }), context);
  await rig.feed();
  assert.equal(listeners.size, 1);
  await rig.abort();
  assert.equal(listeners.size, 0);
});

test('options that do not fit together are refused', () => {
  const make = (given: Parameters<typeof flowcounter>[0]) => testContext().make(flowcounter(given));
  assert.throws(() => make({ outputs: ['a'] }), { code: 'MR_OPTION' });
  assert.throws(() => make({ count: 'receipts', countKeys: ['a'] }), { code: 'MR_OPTION' });
  for (const unit of ['0s', 0, 'fortnight']) {
    assert.throws(() => make({ unit }), { code: 'MR_OPTION' });
  }
});
