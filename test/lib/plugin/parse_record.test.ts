import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { type EventRecord, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { ParsedEntry } from '../../../lib/plugin/contract.ts';
import {
  compileRecordRules,
  finishRecord,
  type RecordOptions,
} from '../../../lib/plugin/parse_record.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

const now = new EventTime(1_700_000_000, 123_456_789);

const usual: RecordOptions = {
  timeKey: 'time',
  timeType: 'float',
  keepTimeKey: false,
  timeFormat: undefined,
  timeFormatFallbacks: [],
  estimateCurrentEvent: true,
  types: undefined,
  nullValuePattern: undefined,
  nullEmptyString: false,
  localtime: undefined,
  utc: false,
  timezone: undefined,
};

function finish(record: EventRecord, options: Partial<RecordOptions> = {}): ParsedEntry {
  const context = testContext({ clock: new TestClock(now) });
  return finishRecord(compileRecordRules({ ...usual, ...options }, context), record);
}

test('takes the time out of its field, or leaves it there', () => {
  const time = new EventTime(5, 500_000_000);
  assert.deepEqual(finish({ time: 5.5, a: 1 }), { time, record: { a: 1 } });
  assert.deepEqual(finish({ time: 5.5, a: 1 }, { keepTimeKey: true }), {
    time,
    record: { time: 5.5, a: 1 },
  });
});

test('takes the current time where there is none, or leaves that open', () => {
  assert.deepEqual(finish({ a: 1 }), { time: now, record: { a: 1 } });
  assert.deepEqual(finish({ a: 1 }, { estimateCurrentEvent: false }).time, null);
  assert.deepEqual(finish({ time: 5 }, { timeKey: undefined }).record, { time: 5 });
});

test('throws when the time field holds no time', () => {
  for (const time of [null, {}, 'soon', true]) {
    assert.throws(
      () => finish({ time }),
      (error) => error instanceof MillraceError && error.code === 'MR_TIME',
    );
  }
});

test('reads times in the zone of the options, else of the process', () => {
  const record = { time: '2024-02-03 04:05:06' };
  const format = { timeType: 'string', timeFormat: '%Y-%m-%d %H:%M:%S' } as const;
  const secIn = (options: Partial<RecordOptions>, timeZone: string): number | undefined => {
    const rules = compileRecordRules(
      { ...usual, ...format, ...options },
      testContext({ timeZone }),
    );
    return finishRecord(rules, record).time?.sec;
  };
  assert.equal(secIn({}, 'UTC'), 1_706_933_106);
  assert.equal(secIn({}, '+09:00'), 1_706_933_106 - 9 * 3600);
  assert.equal(secIn({}, 'Asia/Tokyo'), 1_706_933_106 - 9 * 3600);
  assert.equal(secIn({ utc: true }, 'Asia/Tokyo'), 1_706_933_106);
  assert.equal(secIn({ timezone: '-0330' }, 'Asia/Tokyo'), 1_706_933_106 + 3.5 * 3600);
});

test('makes nulls and types of values, but never of null and false', () => {
  const { record } = finish(
    {
      a: '',
      b: '-',
      c: 'x-',
      d: false,
      e: null,
      f: '5',
      g: new RawString(Buffer.from('ff', 'hex')),
    },
    {
      nullEmptyString: true,
      nullValuePattern: /^-$/,
      types: { d: 'string', e: 'string', f: 'integer' },
    },
  );
  assert.deepEqual(record, {
    a: null,
    b: null,
    c: 'x-',
    d: false,
    e: null,
    f: 5,
    g: new RawString(Buffer.from('ff', 'hex')),
  });
});

test('does not change the record that it is given', () => {
  const given = Object.freeze({ time: 1, a: '1' });
  finish(given, { types: { a: 'integer' } });
  assert.deepEqual(given, { time: 1, a: '1' });
});

test('keeps `__proto__` as a field', () => {
  const given = JSON.parse('{"time":1,"__proto__":"1"}');
  assert.deepEqual(Object.entries(finish(given, { types: { ['__proto__']: 'integer' } }).record), [
    ['__proto__', 1],
  ]);
});
