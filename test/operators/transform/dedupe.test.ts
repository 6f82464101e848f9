import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { operatorLaws } from '../../../lib/testing/laws/operator_laws.ts';
import dedupe from '../../../operators/transform/dedupe.ts';
import { batchOf, OperatorRig, outcomeOf } from './operator_rig.ts';

operatorLaws(dedupe, { keys: ['n'] }, { test });

test('an event like one that has passed is dropped, counted and acknowledged', async () => {
  const rig = new OperatorRig(dedupe({ keys: ['id'] }));
  const repeated = batchOf('b', { id: 1, more: true });
  await rig.feed(batchOf('a', { id: 1 }, { id: 2 }, { id: 1 }), repeated);
  assert.deepEqual(rig.records, [[{ id: 1 }, { id: 2 }]]);
  assert.equal(outcomeOf(repeated), true);
  const dropped = rig.context.metrics.read('millrace_operator_dropped_events_total', {
    operator: 'under_test',
  });
  assert.equal(dropped, 2);
});

test('without keys the whole record counts, and its time does not', async () => {
  const rig = new OperatorRig(dedupe());
  await rig.feed(batchOf('a', { a: 1, b: [2] }, { a: 1, b: [3] }), batchOf('a', { a: 1, b: [2] }));
  assert.deepEqual(rig.records, [
    [
      { a: 1, b: [2] },
      { a: 1, b: [3] },
    ],
  ]);
});

test('values of different types are different; an absent field is null', async () => {
  const rig = new OperatorRig(dedupe({ keys: ['$.a.b'] }));
  const of = (b: EventRecord[string]): EventRecord => ({ a: { b } });
  await rig.feed(batchOf('a', of(1), of('1'), of(true), of(null), {}, of(''), of(34), of('"')));
  assert.deepEqual(rig.records, [[of(1), of('1'), of(true), of(null), of(''), of(34), of('"')]]);
});

test('the window begins when the event passes, and what is dropped does not prolong it', async () => {
  const rig = new OperatorRig(dedupe({ window: 1000 }));
  const again = () => batchOf('a', { n: 1 });
  await rig.feed(again());
  await rig.advance(999);
  await rig.feed(again());
  assert.equal(rig.passed.length, 1);
  await rig.advance(1);
  await rig.feed(again());
  assert.equal(rig.passed.length, 2);
});

test('what was seen least recently is forgotten when there are too many', async () => {
  const rig = new OperatorRig(dedupe({ maxKeys: 2 }));
  await rig.feed(batchOf('a', { n: 1 }, { n: 2 }, { n: 1 }, { n: 3 }));
  await rig.feed(batchOf('a', { n: 1 }, { n: 2 }));
  assert.deepEqual(rig.records, [[{ n: 1 }, { n: 2 }, { n: 3 }], [{ n: 2 }]]);
});

test('a batch that was not safe passes when it is offered again', async () => {
  const rig = new OperatorRig(dedupe());
  await rig.feed(batchOf('a', { n: 1 }, { n: 2 }));
  rig.passed[0]?.delivery.nack(new Error('full'));
  await rig.feed(batchOf('a', { n: 1 }, { n: 2 }));
  rig.passed[1]?.delivery.ack();
  await rig.feed(batchOf('a', { n: 1 }, { n: 2 }));
  assert.deepEqual(rig.records, [
    [{ n: 1 }, { n: 2 }],
    [{ n: 1 }, { n: 2 }],
  ]);
});

test('a failure that comes when the event has passed again forgets nothing', async () => {
  const rig = new OperatorRig(dedupe({ window: 10 }));
  await rig.feed(batchOf('a', { n: 1 }));
  await rig.advance(10);
  await rig.feed(batchOf('a', { n: 1 }));
  rig.passed[0]?.delivery.nack(new Error('full'));
  await rig.feed(batchOf('a', { n: 1 }));
  assert.equal(rig.passed.length, 2);
});

test('an event that cannot be compared goes to @ERROR, and the others pass', async () => {
  const rig = new OperatorRig(dedupe());
  let deep: EventRecord = {};
  for (let depth = 0; depth < 2000; depth += 1) deep = { deep };
  await rig.feed(batchOf('a', { n: 1 }, deep, { n: 2 }));
  assert.deepEqual(rig.records, [[{ n: 1 }, { n: 2 }]]);
  assert.equal(rig.context.errors.length, 1);
});

test('each of the events passes once, in the order of its first', async () => {
  const value = fc.oneof(fc.nat(5), fc.constantFrom('', 'x', '1', null), fc.string());
  const records = fc.array(fc.record({ a: value, b: value }, { noNullPrototype: true }), {
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(records, { maxLength: 5 }), async (batches) => {
      const rig = new OperatorRig(dedupe({ keys: ['a', 'b'] }));
      for (const each of batches) await rig.feed(batchOf('a', ...each));
      const seen = new Map(batches.flat().map((each) => [JSON.stringify([each.a, each.b]), each]));
      assert.deepEqual(rig.records.flat(), [...seen.values()]);
    }),
    { numRuns: 50 },
  );
});
