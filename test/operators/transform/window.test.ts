import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { operatorLaws } from '../../../lib/testing/laws/operator_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import window from '../../../operators/transform/window.ts';
import { batchAt, OperatorRig, outcomeOf } from './operator_rig.ts';

operatorLaws(window, { size: '1m', aggregate: [{ function: 'count' }] }, { test });

type Given = Parameters<typeof window>[0];

const minute: Given = { size: '1m', aggregate: [{ function: 'count' }] };
const rigOf = (more: Partial<Given> = {}): OperatorRig =>
  new OperatorRig(window({ ...minute, ...more }));
/** The test clock starts 20 s after a full minute. */
const startSec = 1_700_000_000;
const beginSec = startSec - 20;
const times = (rig: OperatorRig): number[] =>
  rig.passed.flatMap((batch) => batch.entries().map(({ time }) => time.sec));
const dropped = (rig: OperatorRig): number | undefined =>
  rig.context.metrics.read('millrace_operator_dropped_events_total', { operator: 'under_test' });

test('a window is passed on when the clock reaches its end and the lateness is over', async () => {
  const rig = rigOf({ lateness: '5s' });
  await rig.feed(batchAt(0, 'app', { n: 1 }, { n: 2 }), batchAt(39, 'app', { n: 3 }));
  await rig.advance(44_999);
  assert.deepEqual(rig.records, []);
  await rig.advance(1);
  assert.deepEqual(rig.records, [[{ count: 3 }]]);
  assert.deepEqual([rig.passed[0]?.tag, times(rig)], ['app', [beginSec]]);
  assert.equal(rig.context.clock.timers, 0);
});

test('a window is passed on when an event comes that is late enough behind its end', async () => {
  const rig = rigOf({ lateness: '5s', stamp: 'end' });
  await rig.feed(batchAt(-120, 'app', {}), batchAt(-60, 'app', {}, {}));
  // The minute from -140 to -80 s is over with lateness at -75 s.
  assert.deepEqual(rig.records, [[{ count: 1 }]]);
  assert.deepEqual(times(rig), [startSec - 80]);
});

test('a window of the past that nothing follows is passed on after its size and the lateness', async () => {
  const rig = rigOf({ lateness: '5s' });
  await rig.feed(batchAt(-86_400, 'app', {}));
  await rig.advance(64_999);
  assert.deepEqual(rig.records, []);
  await rig.advance(1);
  assert.deepEqual(rig.records, [[{ count: 1 }]]);
});

test('a time far ahead of the clock makes no other event late and holds nothing for ever', async () => {
  const rig = rigOf({ lateness: 0 });
  await rig.feed(batchAt(1e9, 'app', {}), batchAt(0, 'app', {}));
  await rig.advance(60_000);
  assert.deepEqual(rig.records, [[{ count: 1 }, { count: 1 }]]);
  assert.equal(dropped(rig), 0);
});

test('each tag and each group has windows of its own', async () => {
  const rig = rigOf({ groupBy: ['host', '$.a.b'], tag: 'sum.${tag_parts[1]}.${record["host"]}' });
  const web = { host: 'web', a: { b: 1 } };
  await rig.feed(batchAt(0, 'app.x', web, { host: 'db' }, web), batchAt(0, 'app.y', web));
  await rig.end();
  assert.deepEqual(
    rig.passed.map((batch) => [batch.tag, ...batch.entries().map(({ record }) => record)]),
    [
      ['sum.x.web', { host: 'web', 'a.b': 1, count: 2 }],
      ['sum.x.db', { host: 'db', 'a.b': null, count: 1 }],
      ['sum.y.web', { host: 'web', 'a.b': 1, count: 1 }],
    ],
  );
});

test('by arrival an event falls in the window of the clock, whatever its time', async () => {
  const rig = rigOf({ time: 'arrival' });
  await rig.feed(batchAt(-86_400, 'app', {}), batchAt(86_400, 'app', {}));
  await rig.advance(40_000);
  await rig.feed(batchAt(0, 'app', {}));
  assert.deepEqual(rig.records, [[{ count: 2 }]]);
  await rig.advance(60_000);
  assert.deepEqual(rig.records, [[{ count: 2 }], [{ count: 1 }]]);
  assert.deepEqual(times(rig), [beginSec, beginSec + 60]);
});

test('a wall clock that is set back holds up no window', async () => {
  const context = testContext();
  const { clock } = context;
  let backMs = 0;
  const nowMs = clock.nowMs.bind(clock);
  Object.assign(clock, { nowMs: () => nowMs() - backMs });
  const rig = new OperatorRig(window({ ...minute, time: 'arrival' }), context);
  await rig.feed(batchAt(0, 'app', {}));
  backMs = 3_600_000;
  await rig.feed(batchAt(0, 'app', {}));
  await rig.advance(60_000);
  assert.deepEqual(rig.records, [[{ count: 1 }, { count: 1 }]]);
  assert.deepEqual(times(rig), [beginSec - 3600, beginSec]);
});

test('a late event is dropped and counted, or goes to @ERROR; its batch is acknowledged', async () => {
  for (const late of ['drop', 'error'] as const) {
    const rig = rigOf({ lateness: 0, late });
    await rig.feed(batchAt(-120, 'app', {}), batchAt(0, 'app', {}));
    const tooLate = batchAt(-120, 'app', { n: 1 });
    await rig.feed(tooLate);
    assert.equal(outcomeOf(tooLate), true);
    assert.equal(dropped(rig), late === 'drop' ? 1 : 0);
    assert.equal(rig.context.errors.length, late === 'error' ? 1 : 0);
  }
});

test('events settle when all results that they went into have', async () => {
  const rig = rigOf({ groupBy: ['g'], tag: 'of.${record["g"]}' });
  const [both, one] = [batchAt(0, 'app', { g: 1 }, { g: 2 }), batchAt(0, 'app', { g: 2 })];
  await rig.feed(both, one);
  await rig.end();
  assert.deepEqual(rig.records, [[{ g: 1, count: 1 }], [{ g: 2, count: 2 }]]);
  rig.passed[1]?.delivery.ack();
  assert.deepEqual([both, one].map(outcomeOf), [undefined, true]);
  rig.passed[0]?.delivery.nack(new Error('full'));
  assert.deepEqual([both, one].map(outcomeOf), [false, true]);
});

test('events whose result came to nothing find their window again', async () => {
  const rig = rigOf({ lateness: 0 });
  await rig.feed(batchAt(-120, 'app', {}, {}), batchAt(0, 'app', {}));
  assert.deepEqual(rig.records, [[{ count: 2 }]]);
  rig.passed[0]?.delivery.nack(new Error('full'));
  await rig.feed(batchAt(-120, 'app', {}), batchAt(-120, 'app', {}));
  await rig.advance(60_000);
  assert.deepEqual(times(rig), [startSec - 140, startSec - 140, beginSec]);
  assert.deepEqual(rig.records[1], [{ count: 2 }, { count: 1 }]);
  await rig.feed(batchAt(-120, 'app', {}));
  assert.equal(dropped(rig), 1);
});

test('with `settle arrival` events are done at once', async () => {
  const rig = rigOf({ settle: 'arrival' });
  const batch = batchAt(0, 'app', {});
  await rig.feed(batch);
  assert.equal(outcomeOf(batch), true);
  await rig.end();
  assert.deepEqual(rig.records, [[{ count: 1 }]]);
});

test('with `keep_source` the events pass too, and settle when both have', async () => {
  const rig = rigOf({ keepSource: true, tag: 'counts' });
  const batch = batchAt(0, 'app', { n: 1 });
  await rig.feed(batch, batchAt(0, 'app'));
  await rig.end();
  assert.deepEqual(
    rig.passed.map(({ tag, count }) => [tag, count]),
    [
      ['app', 1],
      ['app', 0],
      ['counts', 1],
    ],
  );
  rig.passed[0]?.delivery.ack();
  assert.equal(outcomeOf(batch), undefined);
  rig.passed[2]?.delivery.ack();
  assert.equal(outcomeOf(batch), true);
});

test('windows beyond the number leave early, and nothing is lost for it', async () => {
  const rig = rigOf({ groupBy: ['g'], maxGroups: 2 });
  const batch = batchAt(0, 'app', { g: 1 }, { g: 2 }, { g: 3 }, { g: 1 });
  await rig.feed(batch);
  await rig.end();
  const counted = rig.records.flat().map(({ g, count }) => [g, count]);
  assert.deepEqual(counted, [
    [1, 1],
    [2, 1],
    [3, 1],
    [1, 1],
  ]);
  const alone = rigOf({ maxGroups: 1, lateness: '2h' });
  await alone.feed(batchAt(-3000, 'app', {}), batchAt(-3600, 'app', {}), batchAt(-3000, 'app', {}));
  await alone.end();
  assert.equal(alone.records.flat().length, 3);
  for (const each of [...rig.passed, ...alone.passed]) each.delivery.ack();
  assert.equal(outcomeOf(batch), true);
});

test('an event that cannot be grouped goes to @ERROR, and the others are counted', async () => {
  let deep: EventRecord = {};
  for (let depth = 0; depth < 2000; depth += 1) deep = { deep };
  const rig = rigOf({ groupBy: ['g'] });
  await rig.feed(batchAt(0, 'app', { g: deep }, { g: 1 }));
  await rig.end();
  assert.deepEqual(rig.records, [[{ g: 1, count: 1 }]]);
  assert.equal(rig.context.errors.length, 1);
});

test('an aborted operator passes nothing on and leaves no timer', async () => {
  const rig = rigOf();
  const batch = batchAt(0, 'app', {});
  await rig.feed(batch);
  await rig.abort();
  assert.deepEqual([rig.passed.length, outcomeOf(batch)], [0, undefined]);
  assert.equal(rig.context.clock.timers, 0);
});

test('options that do not fit together are refused', () => {
  const wrong: Partial<Given>[] = [
    { aggregate: [] },
    { size: 0 },
    { tag: '${nonsense}' },
    { groupBy: ['count'] },
    { aggregate: [{ function: 'sum' }] },
  ];
  for (const more of wrong) {
    assert.throws(() => testContext().make(window({ ...minute, ...more })), { code: 'MR_OPTION' });
  }
});

test('the results are those of a slow reference, and every batch settles', async () => {
  const entry = fc.record(
    { at: fc.integer({ min: -300, max: 0 }), g: fc.nat(2), value: fc.integer() },
    { noNullPrototype: true },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(entry, { maxLength: 8 }), { maxLength: 8 }),
      async (given) => {
        const rig = rigOf({
          groupBy: ['g'],
          lateness: '1h',
          aggregate: [
            { function: 'count' },
            { function: 'sum', field: 'value' },
            { function: 'max', field: 'value', as: 'most' },
          ],
        });
        const sent = given.flat().map((record) => batchAt(record.at, 'app', record));
        await rig.feed(...sent);
        await rig.end();
        const expected = new Map<string, EventRecord>();
        for (const { at, g, value } of given.flat()) {
          const key = `${Math.floor((at + 20) / 60)} ${g}`;
          const before = expected.get(key);
          expected.set(key, {
            g,
            count: Number(before?.['count'] ?? 0) + 1,
            sum_value: Number(before?.['sum_value'] ?? 0) + value,
            most: Math.max(Number(before?.['most'] ?? value), value),
          });
        }
        const got = rig.passed.flatMap((batch) =>
          batch.entries().map(({ time, record }) => {
            return [`${(time.sec - beginSec) / 60} ${record['g']}`, record] as const;
          }),
        );
        assert.equal(got.length, expected.size);
        assert.deepEqual(new Map(got), expected);
        for (const batch of rig.passed) batch.delivery.ack();
        assert(sent.every((batch) => outcomeOf(batch) === true));
      },
    ),
    { numRuns: 40 },
  );
});
