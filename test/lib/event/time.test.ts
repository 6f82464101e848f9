import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { EventTime } from '../../../lib/event/time.ts';

const safeSec = fc.integer({ min: -(2 ** 33), max: 2 ** 33 });

test('milliseconds become seconds and nanoseconds, also before the epoch', () => {
  assert.deepEqual(EventTime.fromMs(1_700_000_000_123), new EventTime(1_700_000_000, 123_000_000));
  assert.deepEqual(EventTime.fromMs(-1), new EventTime(-1, 999_000_000));
  assert.deepEqual(EventTime.fromMs(1.5), new EventTime(0, 1_500_000));
});

test('a fraction that rounds up to a whole second is carried', () => {
  assert.deepEqual(EventTime.fromSeconds(1.9999999999), new EventTime(2, 0));
  assert.deepEqual(EventTime.fromMs(1999.9999999), new EventTime(2, 0));
  assert.deepEqual(EventTime.fromSeconds(-1e-12), new EventTime(0, 0));
});

test('nanoseconds are whole and 0..999999999, whatever the number', () => {
  const number = fc.double({ min: -1e12, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(number, (value) => {
      for (const { sec, nsec } of [EventTime.fromMs(value), EventTime.fromSeconds(value)]) {
        assert(Number.isInteger(sec) && Number.isInteger(nsec) && nsec >= 0 && nsec < 1e9);
      }
    }),
  );
});

test('whole milliseconds come back', () => {
  fc.assert(
    fc.property(safeSec, fc.nat(999), (sec, ms) => {
      assert.equal(EventTime.fromMs(sec * 1000 + ms).toMs(), sec * 1000 + ms);
    }),
  );
});

test('seconds with a fraction come back as near as a double can be', () => {
  fc.assert(
    fc.property(safeSec, fc.nat(999_999_999), (sec, nsec) => {
      const seconds = new EventTime(sec, nsec).toSeconds();
      const back = EventTime.fromSeconds(seconds).toSeconds();
      assert(Math.abs(back - seconds) <= 1e-6 && Math.abs(seconds - sec) <= 1);
    }),
  );
});
