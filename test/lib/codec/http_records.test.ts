import assert from 'node:assert/strict';
import test from 'node:test';
import { recordsOf } from '../../../lib/codec/http_records.ts';
import { MillraceError } from '../../../lib/error.ts';

function records(fields: { readonly [name: string]: string | Buffer }): unknown {
  const bytes = Object.entries(fields).map(
    ([name, value]) => [name, typeof value === 'string' ? Buffer.from(value) : value] as const,
  );
  return recordsOf(new Map(bytes));
}

test('reads a record or a list of them, with integers exact', () => {
  assert.deepEqual(records({ json: '{"a":9007199254740993}' }), [{ a: 9007199254740993n }]);
  assert.deepEqual(records({ json: '[{"a":1},{"b":2}]' }), [{ a: 1 }, { b: 2 }]);
  assert.deepEqual(records({ json: '[]' }), []);
});

test('reads MessagePack, several values and lists of them', () => {
  assert.deepEqual(records({ msgpack: Buffer.from('81a16101', 'hex') }), [{ a: 1 }]);
  assert.deepEqual(records({ msgpack: Buffer.from('81a161019281a1610281a16103', 'hex') }), [
    { a: 1 },
    { a: 2 },
    { a: 3 },
  ]);
});

test('reads lines of JSON, and passes over empty ones', () => {
  assert.deepEqual(records({ ndjson: '{"a":1}\r\n\r\n{"a":2}' }), [{ a: 1 }, { a: 2 }]);
});

test('takes MessagePack before JSON before lines', () => {
  const msgpack = Buffer.from('81a16101', 'hex');
  assert.deepEqual(records({ ndjson: '{"c":1}', json: '{"b":1}', msgpack }), [{ a: 1 }]);
  assert.deepEqual(records({ ndjson: '{"c":1}', json: '{"b":1}' }), [{ b: 1 }]);
});

test('whatever is no record makes the whole request wrong, with the reason', () => {
  const wrong: [{ readonly [name: string]: string | Buffer }, RegExp][] = [
    [{}, /'json', 'ndjson' or 'msgpack' parameter is required/],
    [{ json: '{"a":' }, /not JSON/],
    [{ json: '5' }, /expected a JSON map or a list of maps/],
    [{ json: '[{"a":1},2]' }, /expected a JSON map/],
    [{ json: Buffer.from('7b2261223a22ff227d', 'hex') }, /not UTF-8/],
    [{ ndjson: '{"a":1}\noops\n' }, /line 2: not JSON/],
    [{ ndjson: '{"a":1}\n7' }, /expected a JSON map/],
    [{ msgpack: Buffer.from('c1', 'hex') }, /MessagePack/],
    [{ msgpack: Buffer.from('81a161', 'hex') }, /./],
    [{ msgpack: Buffer.from('01', 'hex') }, /expected a MessagePack map/],
  ];
  for (const [fields, reason] of wrong) {
    assert.throws(
      () => records(fields),
      (error) =>
        error instanceof MillraceError && error.code === 'MR_CODEC' && reason.test(error.message),
      JSON.stringify(fields),
    );
  }
});
