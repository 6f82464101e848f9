import assert from 'node:assert/strict';
import test from 'node:test';
import { Retry } from '../../../lib/buffer/retry.ts';
import { optionsOf } from './rig.ts';

test('pauses vary by an eighth at most, up and down', () => {
  const options = optionsOf({ retryWait: '8s', retryForever: true });
  for (const [chance, first, second] of [
    [0, 7000, 14_000],
    [0.5, 8000, 16_000],
    [1, 9000, 18_000],
  ] as const) {
    const retry = new Retry(options, 1000, false, () => chance);
    assert.equal(retry.nextMs, 1000 + first);
    retry.fail(retry.nextMs);
    assert.equal(retry.nextMs, 1000 + first + second);
  }
});

test('retry_max_interval bounds all pauses but the first', () => {
  const options = optionsOf({ retryWait: '8s', retryMaxInterval: '10s', retryRandomize: false });
  const retry = new Retry(options, 0, false, Math.random);
  const pauses: number[] = [];
  for (let beforeMs = 0; pauses.length < 4; beforeMs = retry.nextMs) {
    if (beforeMs > 0) retry.fail(beforeMs);
    pauses.push(retry.nextMs - beforeMs);
  }
  assert.deepEqual(pauses, [8000, 10_000, 10_000, 10_000]);
});

test('a retry_max_times of 0 means no retry, and retry_forever no end', () => {
  const none = new Retry(optionsOf({ retryMaxTimes: 0 }), 0, false, Math.random);
  assert.equal(none.isOverAt(0), true);
  const options = optionsOf({ retryMaxTimes: 0, retryTimeout: '1s', retryForever: true });
  const forever = new Retry(options, 0, true, Math.random);
  assert.equal(forever.isOverAt(1e12), false);
  assert.equal(forever.isSecondaryAt(1e12), false);
});

test('the last attempt is made when retry_timeout is over, and not later', () => {
  const options = optionsOf({ retryWait: '8s', retryTimeout: '10s', retryRandomize: false });
  const retry = new Retry(options, 0, false, Math.random);
  retry.fail(8000);
  assert.equal(retry.nextMs, 10_000);
  assert.equal(retry.isOverAt(9999), false);
  assert.equal(retry.isOverAt(10_000), true);
});
