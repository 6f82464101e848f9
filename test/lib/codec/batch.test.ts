import assert from 'node:assert/strict';
import test from 'node:test';
import { entriesBatch, packedBatch } from '../../../lib/codec/batch.ts';
import { encodeEntries } from '../../../lib/codec/entry_codec.ts';
import { Delivery } from '../../../lib/event/delivery.ts';
import { EventTime } from '../../../lib/event/time.ts';

const entries = [
  { time: new EventTime(1, 2), record: { k: 'v' } },
  { time: new EventTime(3, 4), record: { n: 5 } },
];
const origin = { source: 'file', epoch: 1, begin: 0, end: 10, low: 0 };

test('a batch of entries is packed once', () => {
  const batch = entriesBatch('app', entries);
  assert.equal(batch.count, 2);
  assert.equal(batch.entries(), entries);
  assert.deepEqual(batch.packed(), encodeEntries(entries));
  assert.equal(batch.packed(), batch.packed());
});

test('a packed batch gives out its bytes as they are and is decoded once', () => {
  const bytes = encodeEntries(entries);
  const batch = packedBatch('app', bytes, 2);
  assert.equal(batch.packed(), bytes);
  assert.equal(batch.sizeBytes, bytes.length);
  assert.deepEqual([...batch], entries);
  assert.equal(batch.entries(), batch.entries());
});

test('a batch with other entries carries the delivery and the origin on', () => {
  const delivery = new Delivery('delivered');
  const batch = packedBatch('app', encodeEntries(entries), 2, { delivery, origin });
  const changed = batch.with(entries.slice(0, 1));
  assert.equal(changed.count, 1);
  assert.equal(changed.tag, 'app');
  assert.equal(changed.delivery, delivery);
  assert.equal(changed.origin, origin);
  assert.deepEqual(changed.packed(), encodeEntries(entries.slice(0, 1)));
  assert.equal(batch.count, 2);
});

test('a derived batch shares the contents, so that each form is made once', () => {
  const batch = packedBatch('app', encodeEntries(entries), 2, { origin });
  const derived = batch.derive({ tag: 'other' });
  assert.equal(derived.tag, 'other');
  assert.equal(derived.delivery, batch.delivery);
  assert.equal(derived.origin, origin);
  assert.equal(derived.packed(), batch.packed());
  assert.equal(derived.entries(), batch.entries());
  assert.equal(batch.derive({ origin: undefined }).origin, undefined);
  const delivery = new Delivery();
  assert.equal(batch.derive({ delivery }).delivery, delivery);
});

test('batches without a delivery of their own get a fresh one each', () => {
  assert.notEqual(entriesBatch('a', entries).delivery, entriesBatch('a', entries).delivery);
});
