import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventValue } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { Parser } from '../../../lib/plugin/contract.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import json from '../../../operators/parser/json.ts';

parserLaws(json, {}, { test, samples: ['{"a":[1,null],"time":5}', '[{}]'] });

const now = new EventTime(1_700_000_000, 123_456_789);

function make(options: Parameters<typeof json>[0] = {}): Parser {
  return testContext({ clock: new TestClock(now) }).make(json(options));
}

function recordOf(text: string | Uint8Array): EventValue | undefined {
  return make().parse(text)?.[0]?.record;
}

test('reads an object as an event, its time from the field `time`', () => {
  assert.deepEqual(make().parse('{"time":1700000001.5,"a":{"b":[1,null]}}'), [
    { time: new EventTime(1_700_000_001, 500_000_000), record: { a: { b: [1, null] } } },
  ]);
  assert.deepEqual(make().parse(Buffer.from(' {"a":"é"}')), [{ time: now, record: { a: 'é' } }]);
});

test('reads an array as several events and tells which parts are none', () => {
  assert.deepEqual(make().parse('[{"a":1},2,"x",null,[],{"time":5}]'), [
    { time: now, record: { a: 1 } },
    null,
    null,
    null,
    null,
    { time: new EventTime(5, 0), record: {} },
  ]);
  assert.deepEqual(make().parse('[]'), []);
});

test('does not match what is no JSON object or array', () => {
  for (const text of ['', 'hello', '"x"', '7', 'null', '{"a":', '{"a":1} x', "{'a':1}"]) {
    assert.equal(make().parse(text), null, text);
  }
  assert.equal(make().parse(Buffer.from('7b2261223a22ff227d', 'hex')), null);
  assert.equal(make().parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), null);
});

test('keeps every digit of an integer', () => {
  assert.deepEqual(recordOf('{"a":9223372036854775807,"b":[-18446744073709551615]}'), {
    a: 9223372036854775807n,
    b: [-18446744073709551615n],
  });
});

test('keeps `__proto__` as a field', () => {
  const record = recordOf('{"__proto__":{"x":1},"time":1}') ?? {};
  assert.deepEqual(Object.entries(record), [['__proto__', { x: 1 }]]);
  assert.equal(Object.getPrototypeOf(record), Object.prototype);
});

test('reads the time as a text once there is a format', () => {
  const parser = make({ timeFormat: '%Y-%m-%d %H:%M:%S', timezone: '+09:00', timeKey: 'at' });
  assert.deepEqual(parser.parse('{"at":"2024-02-03 13:05:06"}')?.[0]?.time?.sec, 1_706_933_106);
  assert.throws(() => parser.parse('{"at":12}'), /is no time/);
});

test('converts fields', () => {
  const parser = make({ types: { a: 'integer', b: 'time:%Y' }, nullEmptyString: true });
  assert.deepEqual(parser.parse('{"a":"7","b":"1970","c":""}')?.[0]?.record, {
    a: 7,
    b: new EventTime(0, 0),
    c: null,
  });
});
