import assert from 'node:assert/strict';
import test from 'node:test';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { type CatFormat, recordReader } from '../../../lib/cli/cat_input.ts';
import { encodeEntries } from '../../../lib/codec/entry_codec.ts';
import { EventTime } from '../../../lib/event/time.ts';

/** Records and faults of bytes that come in the given pieces. */
function read(format: CatFormat, ...pieces: (string | Uint8Array)[]) {
  const faults: string[] = [];
  const reader = recordReader(format, 'message', (message) => faults.push(message));
  const records = pieces.flatMap((piece) => {
    return reader.read(typeof piece === 'string' ? Buffer.from(piece) : piece);
  });
  const read = [...records, ...reader.finish()];
  return { records: read.map(({ record }) => record), times: read.map(({ time }) => time), faults };
}

test('a line of JSON is a record, also the last one without its end', () => {
  assert.deepEqual(read('json', '{"a":1}\n{"b"', ':2}\n\n{"c":3}').records, [
    { a: 1 },
    { b: 2 },
    { c: 3 },
  ]);
});

test('big integers stay exact', () => {
  assert.deepEqual(read('json', '{"a":9007199254740993}\n').records, [{ a: 9007199254740993n }]);
});

test('a line that is no record is told with its number and the others go on', () => {
  const { records, faults } = read('json', '{"a":1}\nnope\n[1]\n{"b":2}\n');
  assert.deepEqual(records, [{ a: 1 }, { b: 2 }]);
  assert.equal(faults.length, 2);
  assert.match(faults[0] ?? '', /^line 2: /);
  assert.match(faults[1] ?? '', /^line 3: expected a map/);
});

test('with `none` a line is the message, whatever it holds', () => {
  assert.deepEqual(read('none', '{"a":1}\nplain\r\nlast').records, [
    { message: '{"a":1}' },
    { message: 'plain' },
    { message: 'last' },
  ]);
});

test('MessagePack maps are records, wherever the bytes are split', () => {
  const bytes = Buffer.concat([encode({ a: 1 }), encode({ b: ['x'] })]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length }), (at) => {
      const { records, faults } = read('msgpack', bytes.subarray(0, at), bytes.subarray(at));
      assert.deepEqual(records, [{ a: 1 }, { b: ['x'] }]);
      assert.deepEqual(faults, []);
    }),
  );
});

test('MessagePack entries are records with their times: dumps of chunks can be sent again', () => {
  const time = new EventTime(1_709_610_300, 7);
  const packed = encodeEntries([{ time, record: { a: 1 } }]);
  const { records, times, faults } = read('msgpack', packed, encode({ b: 2 }), encode(['no time']));
  assert.deepEqual(records, [{ a: 1 }, { b: 2 }]);
  assert.deepEqual(times, [time, undefined]);
  assert.equal(faults.length, 1);
});

test('MessagePack that is no map, or ends early, is told', () => {
  assert.equal(read('msgpack', encode(5)).faults.length, 1);
  assert.equal(read('msgpack', encode({ a: 'long' }).subarray(0, 3)).faults.length, 1);
});
