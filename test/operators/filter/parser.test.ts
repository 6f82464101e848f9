import assert from 'node:assert/strict';
import test from 'node:test';
import { type EventRecord, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { filterLaws } from '../../../lib/testing/laws/filter_laws.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import parser from '../../../operators/filter/parser.ts';
import json from '../../../operators/parser/json.ts';
import regexp from '../../../operators/parser/regexp.ts';

filterLaws(
  parser,
  { keyName: 'message', parse: json({}), reserveData: true },
  { test, changesTime: true },
);

type Options = Parameters<typeof parser>[0];

const time = new EventTime(1_700_000_100, 5);
const now = new EventTime(1_700_000_000, 9);
const words = regexp({ expression: '^(?<x>\\d+) (?<y>\\w+)$' });

interface Outcome {
  readonly passed: readonly unknown[];
  /** What went to `@ERROR` beside what passed. */
  readonly errors: readonly unknown[];
}

/** What becomes of a record; a throw is the error of an event that does not pass. */
function run(options: Partial<Options>, record: EventRecord): Outcome {
  const context = testContext({ clock: new TestClock(now) });
  const filter = context.make(parser({ keyName: 'log', parse: words, ...options }));
  const passed = filter({ time, record: Object.freeze(record) }, 'app') ?? [];
  return {
    passed: [passed].flat().map((entry) => entry.record),
    errors: context.errors.map(({ entry, cause }) => [entry.record, cause.message]),
  };
}

function timeOf(options: Partial<Options>, log: string): EventTime | undefined {
  const context = testContext({ clock: new TestClock(now) });
  const filter = context.make(parser({ keyName: 'log', parse: words, ...options }));
  return [filter({ time, record: { log } }, 'app') ?? []].flat()[0]?.time;
}

test('puts what it finds in place of the record, or into it', () => {
  const record = { log: '12 ab', k: 1, x: 'old' };
  assert.deepEqual(run({}, record).passed, [{ x: '12', y: 'ab' }]);
  assert.deepEqual(run({ reserveData: true }, record).passed, [
    { log: '12 ab', k: 1, x: '12', y: 'ab' },
  ]);
  assert.deepEqual(run({ reserveData: true, removeKeyNameField: true }, record).passed, [
    { k: 1, x: '12', y: 'ab' },
  ]);
});

test('names what it finds as told', () => {
  const record = { log: '12 ab', k: 1 };
  assert.deepEqual(run({ injectKeyPrefix: 'p.' }, record).passed, [{ 'p.x': '12', 'p.y': 'ab' }]);
  assert.deepEqual(
    run({ injectKeyPrefix: 'p.', hashValueField: 'log', reserveData: true }, record).passed,
    [{ log: { 'p.x': '12', 'p.y': 'ab' }, k: 1 }],
  );
});

test('takes the time of the text, the clock or the event, as told', () => {
  const timed = json({});
  assert.deepEqual(timeOf({ parse: timed }, '{"time":7}'), new EventTime(7, 0));
  assert.deepEqual(timeOf({ parse: timed, reserveTime: true }, '{"time":7}'), time);
  assert.deepEqual(timeOf({}, '1 a'), now);
  assert.deepEqual(timeOf({ parse: json({ estimateCurrentEvent: false }) }, '{}'), time);
});

test('reads fields within fields', () => {
  const options = { keyName: '$.a.log', reserveData: true, removeKeyNameField: true };
  assert.deepEqual(run(options, { a: { log: '1 b', o: 2 } }).passed, [
    { a: { o: 2 }, x: '1', y: 'b' },
  ]);
});

test('makes several events of a text that holds several', () => {
  const log = '[{"a":1},5,{"a":2}]';
  assert.deepEqual(run({ parse: json({}) }, { log, k: 9 }), {
    passed: [{ a: 1 }, { a: 2 }],
    errors: [[{ log, k: 9 }, `the field \`log\` does not match: \`${log}\``]],
  });
  const kept = { parse: json({}), reserveData: true, removeKeyNameField: true };
  assert.deepEqual(run(kept, { log, k: 9 }).passed, [
    { k: 9, a: 1 },
    { log, k: 9 },
    { k: 9, a: 2 },
  ]);
  assert.deepEqual(run({ parse: json({}) }, { log: '[]' }), { passed: [], errors: [] });
});

test('throws what cannot be parsed, or passes it on and tells `@ERROR` beside', () => {
  for (const record of [{ k: 1 }, { log: null }, { log: 'zz' }]) {
    assert.throws(() => run({}, record), /`log`/);
    const { passed, errors } = run({ reserveData: true, hashValueField: 'p' }, record);
    assert.deepEqual(passed, [{ ...record, p: {} }]);
    assert.equal(errors.length, 1);
  }
});

test('tells nobody where told so', () => {
  const options = { emitInvalidRecordToError: false };
  for (const record of [{ k: 1 }, { log: 'zz' }, { log: 12 }]) {
    assert.deepEqual(run(options, record), { passed: [], errors: [] });
  }
  assert.deepEqual(run({ ...options, reserveData: true }, { log: 'zz' }), {
    passed: [{ log: 'zz' }],
    errors: [],
  });
});

test('throws on a value that is no text, and on a time that is none', () => {
  for (const log of [12, [1], { a: 1 }, true]) assert.throws(() => run({}, { log }), /not a text/);
  const timed = json({ timeFormat: '%Y' });
  assert.throws(() => run({ parse: timed, reserveData: true }, { log: '{"time":"x"}' }), /no time/);
});

test('replaces bytes that are not UTF-8 where told, and a U+FFFD of the text stays', () => {
  const log = new RawString(Buffer.from('61ffefbfbd62e3', 'hex'));
  const parse = regexp({ expression: '^(?<x>.*)$' });
  assert.throws(() => run({ parse }, { log }), /not UTF-8/);
  assert.deepEqual(run({ parse, replaceInvalidSequence: true }, { log }).passed, [
    { x: 'a?\ufffdb?' },
  ]);
});
