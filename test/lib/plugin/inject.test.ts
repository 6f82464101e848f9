import assert from 'node:assert/strict';
import test from 'node:test';
import { type EventRecord, Float } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { anyPlugin, defineFilter } from '../../../lib/plugin/define.ts';
import { compileInject, type InjectOptions, injectSection } from '../../../lib/plugin/inject.ts';
import { readGiven } from '../../../lib/plugin/read_given.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

const holder = anyPlugin(
  defineFilter({
    type: 'holder',
    doc: '',
    options: { inject: injectSection },
    create: () => (entry) => entry,
  }),
);

function optionsOf(given: unknown): InjectOptions | undefined {
  return readGiven(holder, { inject: given })['inject'] as InjectOptions | undefined;
}

function inject(
  given: unknown,
  record: EventRecord,
  time = new EventTime(1_700_000_000, 999_999_999),
): EventRecord {
  const context = testContext({ hostname: 'web1', workerId: 3, timeZone: 'Asia/Tokyo' });
  return compileInject(optionsOf(given), context)({ time, record }, 'app.web').record;
}

test('writes host, worker, tag and time, in this order, behind the fields', () => {
  const given = { timeKey: 't', tagKey: 'g', workerIdKey: 'w', hostnameKey: 'h' };
  const record = inject({ ...given, timeType: 'unixtime' }, { a: 1 });
  assert.equal(JSON.stringify(record), '{"a":1,"h":"web1","w":3,"g":"app.web","t":1700000000}');
});

test('overwrites a field in its place and leaves the given record alone', () => {
  const given = Object.freeze({ a: 1, b: 2 });
  assert.equal(JSON.stringify(inject({ tagKey: 'a' }, given)), '{"a":"app.web","b":2}');
  assert.deepEqual(given, { a: 1, b: 2 });
});

test('writes the time in every form', () => {
  const written = (timeType: string, more: object = {}): unknown =>
    inject({ timeKey: 't', timeType, ...more }, {})['t'];
  assert.equal(written('float'), 1_700_000_000.999_999);
  assert.deepEqual(inject({ timeKey: 't' }, {}, new EventTime(5, 999))['t'], new Float(5));
  assert.equal(written('unixtime_millis'), 1_700_000_000_999);
  assert.equal(written('unixtime_micros'), 1_700_000_000_999_999);
  assert.equal(written('unixtime_nanos'), 1_700_000_000_999_999_999n);
  assert.equal(written('string'), '2023-11-15T07:13:20+09:00');
  assert.equal(written('string', { utc: true }), '2023-11-14T22:13:20Z');
  assert.equal(
    written('string', { timeFormat: '%H:%M:%S.%L', timezone: '+01:00' }),
    '23:13:20.999',
  );
});

test('passes entries on as they are without the section', () => {
  const entry = { time: new EventTime(1, 0), record: { a: 1 } };
  assert.equal(compileInject(undefined, testContext())(entry, 'app'), entry);
});
