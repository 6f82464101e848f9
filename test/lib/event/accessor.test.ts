import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { compileAccessor } from '../../../lib/event/accessor.ts';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';

const hostile: EventRecord = JSON.parse('{"__proto__":{"a":1},"b":2}');

test('reaches a key such as __proto__ as a field, and never beyond the record', () => {
  assert.equal(compileAccessor('$.__proto__.a').get(hostile), 1);
  assert.equal(compileAccessor('__proto__').get({}), undefined);
  assert.equal(compileAccessor('$.constructor.name').get({}), undefined);
  assert.equal(compileAccessor('$.a.length').get({ a: 'text' }), undefined);
  assert.equal(compileAccessor('$.a.sec').get({ a: new EventTime(1, 2) }), undefined);
});

test('sets and deletes __proto__ without touching any prototype', () => {
  const changed = compileAccessor('$.__proto__.a').set(hostile, 'x');
  assert.equal(JSON.stringify(changed), '{"__proto__":{"a":"x"},"b":2}');
  const added = compileAccessor('__proto__').set({ b: 1 }, { polluted: true });
  assert.equal(JSON.stringify(added), '{"b":1,"__proto__":{"polluted":true}}');
  const { record, removed } = compileAccessor('b').delete(hostile);
  assert.equal(JSON.stringify(record), '{"__proto__":{"a":1}}');
  assert.equal(removed, 2);
  assert.equal(Object.getPrototypeOf(record), Object.prototype);
});

test('a change leaves the record and all that it holds as they were', () => {
  const record = freeze({ a: { b: [1, { c: 2 }] }, d: { e: 3 } });
  const accessor = compileAccessor('$.a.b[1].c');
  const changed = accessor.set(record, 9);
  assert.deepEqual(changed, { a: { b: [1, { c: 9 }] }, d: { e: 3 } });
  assert.equal(changed['d'], record['d']);
  assert.deepEqual(accessor.delete(record).record, { a: { b: [1, {}] }, d: { e: 3 } });
});

test('a place whose holder is missing cannot be set', () => {
  const record = { a: 'text', b: [1] };
  for (const path of ['$.x.y', '$.a.b', '$.b.name', '$.b[-2]']) {
    assert.deepEqual(compileAccessor(path).set(record, 1), record);
  }
});

test('a list grows up to the index, and closes the gap of what is deleted', () => {
  assert.deepEqual(compileAccessor('$.a[3]').set({ a: [1] }, 2), { a: [1, null, null, 2] });
  assert.deepEqual(compileAccessor('$.a[-1]').delete({ a: [1, 2] }), {
    record: { a: [1] },
    removed: 2,
  });
});

test('deleting what is not there gives the same record back', () => {
  const record = { a: 1 };
  assert.equal(compileAccessor('b').delete(record).record, record);
  assert.equal(compileAccessor('$.a.b').delete(record).record, record);
});

test('what was set is got, and what was deleted is gone', () => {
  const key = fc.constantFrom('a', 'b', '__proto__', 'constructor', '0', '');
  const record = fc.letrec<{ value: EventRecord }>((tie) => ({
    value: fc
      .array(fc.tuple(key, fc.oneof({ maxDepth: 3 }, fc.integer(), tie('value'))))
      .map((fields) => Object.fromEntries(fields)),
  })).value;
  const path = fc
    .array(key, { minLength: 1, maxLength: 3 })
    .map((names) => names.map((name) => `['${name}']`).join(''));
  fc.assert(
    fc.property(record, path, (given, text) => {
      const accessor = compileAccessor(`$${text}`);
      if (accessor.get(given) !== undefined) {
        assert.equal(accessor.get(accessor.set(given, 'new')), 'new');
      }
      const { record: rest, removed } = accessor.delete(given);
      assert.deepEqual(removed, accessor.get(given));
      assert.equal(accessor.get(rest), undefined);
    }),
  );
});

function freeze(record: EventRecord): EventRecord {
  for (const value of Object.values(record)) {
    if (typeof value === 'object' && value !== null) freeze(value as EventRecord);
  }
  return Object.freeze(record);
}
