import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { compileRecordTime } from '../../../lib/plugin/record_time.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import inHttp from '../../../operators/parser/in_http.ts';

type Options = Parameters<typeof inHttp>[0];

function take(record: EventRecord, options?: Options): unknown {
  const call = options === undefined ? undefined : inHttp(options);
  const { time, record: rest } = compileRecordTime(call, testContext())(record);
  return [time === null ? null : [time.sec, time.nsec], rest];
}

test('takes seconds since 1970 out of the field `time`', () => {
  for (const options of [undefined, {}]) {
    assert.deepEqual(take({ a: 1, time: 1_600_000_000 }, options), [[1_600_000_000, 0], { a: 1 }]);
    assert.deepEqual(take({ time: 1_600_000_000.5 }, options), [[1_600_000_000, 500_000_000], {}]);
    assert.deepEqual(take({ time: -0.25 }, options), [[-1, 750_000_000], {}]);
  }
});

test('without the field, or with null or false in it, there is no time', () => {
  assert.deepEqual(take({ a: 1 }), [null, { a: 1 }]);
  assert.deepEqual(take({ a: 1, time: null }), [null, { a: 1 }]);
  assert.deepEqual(take({ a: 1, time: false }), [null, { a: 1 }]);
});

test('anything else in the field is an error', () => {
  for (const time of ['2024-02-03T04:05:06Z', 'zz', true, {}, 1e300, 2n ** 60n]) {
    assert.throws(
      () => take({ time }),
      (error) => error instanceof MillraceError && error.code === 'MR_TIME',
    );
  }
});

test('the options of parser in_http say where the time is and how it is written', () => {
  const record = { time: 5, at: '2024-02-03 04:05:06' };
  const format = '%Y-%m-%d %H:%M:%S';
  const sec = Date.UTC(2024, 1, 3, 4, 5, 6) / 1000;
  assert.deepEqual(take(record, { timeKey: 'at', timeFormat: format, utc: true }), [
    [sec, 0],
    { time: 5 },
  ]);
  assert.deepEqual(
    take(record, { timeKey: 'at', timeFormat: format, timezone: '+01:00', keepTimeKey: true }),
    [[sec - 3600, 0], record],
  );
  assert.deepEqual(take({ time: '7.25' }, { timeType: 'float' }), [[7, 250_000_000], {}]);
});
