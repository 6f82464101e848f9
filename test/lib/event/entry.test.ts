import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  copyRecord,
  Extension,
  getField,
  isRecord,
  type MutableRecord,
  RawString,
  setField,
} from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';

const key = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', ''),
  fc.string(),
);

test('every key that is set is found again and listed, whatever its name', () => {
  fc.assert(
    fc.property(fc.uniqueArray(key), (keys) => {
      const record: MutableRecord = {};
      for (const [index, name] of keys.entries()) setField(record, name, index);
      assert.deepEqual(new Set(Object.keys(record)), new Set(keys));
      for (const [index, name] of keys.entries()) assert.equal(getField(record, name), index);
      assert.equal(Object.getPrototypeOf(record), Object.prototype);
    }),
  );
});

test('a field that was never set is not there, although every object inherits it', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.equal(getField({}, name), undefined);
  }
});

test('a copy is equal, and changing it leaves the record as it was', () => {
  const record: MutableRecord = { a: 1 };
  setField(record, '__proto__', { polluted: true });
  const copy = copyRecord(record);
  assert.deepEqual(Object.keys(copy), ['a', '__proto__']);
  assert.deepEqual(getField(copy, '__proto__'), { polluted: true });
  copy['a'] = 2;
  assert.equal(record['a'], 1);
  assert.equal(getField(copy, 'polluted'), undefined);
});

test('maps are records, and nothing else is', () => {
  const bare = Object.assign(Object.create(null), { a: 1 });
  for (const value of [{}, { a: 1 }, bare]) assert.equal(isRecord(value), true);
  const bytes = new Uint8Array(1);
  const others = [null, undefined, true, 1, 1n, 'x', [], [{}], bytes, Buffer.from('x')];
  const objects = [new RawString(bytes), new Extension(1, bytes), new EventTime(0, 0)];
  for (const value of [...others, ...objects]) assert.equal(isRecord(value), false);
});

test('raw text prints with a mark for each invalid sequence, and loses nothing else', () => {
  assert.equal(new RawString(Buffer.from([0x61, 0xff, 0x62])).toString(), 'a\ufffdb');
  assert.equal(new RawString(Buffer.from('\ufeffa')).toString(), '\ufeffa');
});
