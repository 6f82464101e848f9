import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { operatorLaws } from '../../../lib/testing/laws/operator_laws.ts';
import throttle from '../../../operators/transform/throttle.ts';
import { batchOf, OperatorRig, outcomeOf } from './operator_rig.ts';

operatorLaws(throttle, { rate: 2, groupBy: ['n'] }, { test });
operatorLaws(throttle, { rate: 2, action: 'wait' }, { test, name: 'throttle that waits' });

const numbered = (begin: number, count: number): EventRecord[] =>
  Array.from({ length: count }, (_, n) => ({ n: begin + n }));

test('what is beyond the rate is dropped, counted and acknowledged', async () => {
  const rig = new OperatorRig(throttle({ rate: 3 }));
  const beyond = batchOf('a', { n: 5 });
  await rig.feed(batchOf('a', ...numbered(0, 5)), beyond);
  assert.deepEqual(rig.records, [numbered(0, 3)]);
  assert.equal(outcomeOf(beyond), true);
  await rig.advance(999);
  await rig.feed(batchOf('a', { n: 6 }));
  await rig.advance(1);
  await rig.feed(batchOf('a', { n: 7 }));
  assert.deepEqual(rig.records, [numbered(0, 3), numbered(7, 1)]);
  const labels = { operator: 'under_test' };
  assert.equal(rig.context.metrics.read('millrace_operator_dropped_events_total', labels), 4);
});

test('each group has a rate and a period of its own', async () => {
  const rig = new OperatorRig(throttle({ rate: 1, groupBy: ['host', 'level'] }));
  const of = (host: string, level?: string): EventRecord =>
    level === undefined ? { host } : { host, level };
  await rig.feed(batchOf('a', of('x'), of('y'), of('x', 'info'), of('x'), of('y')));
  assert.deepEqual(rig.records, [[of('x'), of('y'), of('x', 'info')]]);
});

test('groups beyond the number are forgotten, the least recent first', async () => {
  const rig = new OperatorRig(throttle({ rate: 1, groupBy: ['g'], maxGroups: 2 }));
  await rig.feed(batchOf('a', { g: 1 }, { g: 2 }, { g: 1 }, { g: 3 }, { g: 1 }, { g: 2 }));
  assert.deepEqual(rig.records, [[{ g: 1 }, { g: 2 }, { g: 3 }, { g: 2 }]]);
});

test('`wait` passes on what is within the rate and holds everything behind it', async () => {
  const rig = new OperatorRig(throttle({ rate: 2, action: 'wait' }));
  const [large, behind] = [batchOf('a', ...numbered(0, 5)), batchOf('a', { n: 5 })];
  await rig.feed(large, behind);
  assert.deepEqual(rig.records, [numbered(0, 2)]);
  rig.passed[0]?.delivery.ack();
  await rig.advance(1000);
  assert.deepEqual(rig.records, [numbered(0, 2), numbered(2, 2)]);
  await rig.advance(1000);
  assert.deepEqual(rig.records, [numbered(0, 2), numbered(2, 2), numbered(4, 1), numbered(5, 1)]);
  assert.equal(rig.passed[3], behind);
  for (const each of rig.passed) each.delivery.ack();
  assert.deepEqual([large, behind].map(outcomeOf), [true, true]);
});

test('`wait` passes a batch within the rate on as it is; what it cuts has no origin', async () => {
  const rig = new OperatorRig(throttle({ rate: 2, action: 'wait' }));
  const origin = { source: 'file', epoch: 1, begin: 0, end: 10, low: 0 };
  const of = (n: number, count: number) =>
    entriesBatch('a', batchOf('a', ...numbered(n, count)).entries(), { origin });
  const [whole, cut] = [of(0, 1), of(1, 2)];
  await rig.feed(whole, cut);
  await rig.advance(1000);
  assert.equal(rig.passed[0], whole);
  assert.deepEqual(
    rig.passed.map((each) => each.origin),
    [origin, undefined, undefined],
  );
});

test('an aborted operator waits no longer and leaves no timer', async () => {
  const rig = new OperatorRig(throttle({ rate: 1, action: 'wait' }));
  const batch = batchOf('a', ...numbered(0, 3));
  await rig.feed(batch);
  await rig.abort();
  assert.equal(rig.context.clock.timers, 0);
  assert.equal(outcomeOf(batch), undefined);
});

test('an event whose group cannot be told goes to @ERROR, and the others pass', async () => {
  let deep: EventRecord = {};
  for (let depth = 0; depth < 2000; depth += 1) deep = { deep };
  for (const action of ['drop', 'wait'] as const) {
    const rig = new OperatorRig(throttle({ rate: 9, groupBy: ['g'], action }));
    const alone = batchOf('a', { g: deep });
    await rig.feed(batchOf('a', { g: 1 }, { g: deep }, { g: 2 }), alone, batchOf('a'));
    assert.deepEqual(rig.records, [[{ g: 1 }, { g: 2 }]]);
    assert.equal(rig.context.errors.length, 2);
    assert.equal(outcomeOf(alone), true);
  }
});

test('waiting loses and reorders nothing, and no group is over its rate', async () => {
  const record = fc.record({ g: fc.nat(2) }, { noNullPrototype: true });
  const batches = fc.array(fc.array(record, { maxLength: 6 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(batches, fc.integer({ min: 1, max: 3 }), async (given, rate) => {
      const rig = new OperatorRig(throttle({ rate, groupBy: ['g'], action: 'wait' }));
      const sent = given.map((records) => batchOf('a', ...records));
      await rig.feed(...sent);
      let seen = 0;
      for (let second = 0; second < 60; second += 1) {
        const now = rig.records.flat().slice(seen);
        seen += now.length;
        for (const g of [0, 1, 2]) assert(now.filter((each) => each['g'] === g).length <= rate);
        await rig.advance(1000);
      }
      assert.deepEqual(rig.records.flat(), given.flat());
      for (const each of rig.passed) each.delivery.ack();
      assert(sent.every((each) => outcomeOf(each) === true));
    }),
    { numRuns: 20 },
  );
});
