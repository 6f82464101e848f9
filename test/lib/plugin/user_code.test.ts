import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeEntries, encodeEntries } from '../../../lib/codec/entry_codec.ts';
import { type Entry, Extension, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { freezeEntry, guardFilter } from '../../../lib/plugin/user_code.ts';

const entryOf = (record: Entry['record']): Entry => ({ time: new EventTime(1, 2), record });
const isFrozen = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  ArrayBuffer.isView(value) ||
  (Object.isFrozen(value) && Object.values(value).every(isFrozen));

test('an entry for user code is frozen all the way down, and the very same where it holds no bytes', () => {
  const entry = entryOf({ a: { b: [1, { c: 'd' }] }, e: new EventTime(3, 4), f: null });
  assert.equal(freezeEntry(entry), entry);
  assert(isFrozen(entry));
});

test('what others froze is frozen below, too', () => {
  const entry = entryOf(Object.freeze({ a: { b: 1 } }));
  freezeEntry(entry);
  assert(Object.isFrozen(entry.record['a']));
});

test('user code gets bytes of its own: a change in them stays with it', () => {
  const record = {
    raw: new RawString(new Uint8Array([0xff])),
    deep: [{ bytes: new Uint8Array([1]) }],
    ext: new Extension(7, new Uint8Array([2])),
    plain: 'a',
  };
  const packed = encodeEntries([entryOf(record)]);
  const before = packed.slice();
  const [entry] = decodeEntries(packed);
  assert(entry !== undefined);
  const given = freezeEntry(entry);
  assert.deepEqual(given, entry);
  assert(isFrozen(given));
  const { raw, deep, ext } = given.record as typeof record;
  raw.bytes[0] = 9;
  ext.bytes[0] = 9;
  if (deep[0] !== undefined) deep[0].bytes[0] = 9;
  assert.deepEqual(packed, before);
  assert.deepEqual(encodeEntries([entry]), before);
});

test('a function that gives its entry back changes nothing, whatever it did to the bytes', () => {
  const entry = entryOf({ bytes: new Uint8Array([1]) });
  const filter = guardFilter((given) => {
    (given.record['bytes'] as Uint8Array)[0] = 9;
    return given;
  });
  assert.equal(filter(entry, 'a'), entry);
  assert.deepEqual(entry.record, { bytes: new Uint8Array([1]) });
});

test('a function may give several entries, each of which must be one', () => {
  const entry = entryOf({ a: 1 });
  assert.deepEqual(guardFilter((given) => [given, given])(entry, 'a'), [entry, entry]);
  assert.throws(() => guardFilter((given) => [given, 7])(entry, 'a'), /user code gave `7`/);
});
