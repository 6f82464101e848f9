import assert from 'node:assert/strict';
import test from 'node:test';
import { decode, encode } from '@msgpack/msgpack';
import { ackOf, FrameSplitter, readFrame } from './floor/frames.ts';
import { countValues, skip } from './floor/scan.ts';

const records = [
  { short: 'a', long: 'b'.repeat(300), longer: 'c'.repeat(70_000), none: null, yes: true },
  { numbers: [1, -1, 200, 70_000, 5e9, -200, -70_000, -5e9, 1.5], bytes: new Uint8Array(40) },
  {
    list: Array.from({ length: 20 }, (_, n) => n),
    map: { deep: { deeper: [] } },
    time: new Date(0),
  },
  Object.fromEntries(Array.from({ length: 70_000 }, (_, n) => [`k${n}`, n])),
];
const packed = Buffer.concat(records.map((record) => encode([1, record])));

test('a value is skipped to its end, and one that is cut has none', () => {
  for (const record of records) {
    const bytes = Buffer.from(encode(record));
    assert.equal(skip(bytes, 0), bytes.length);
    assert.equal(skip(bytes.subarray(0, -1), 0), -1);
  }
  assert.equal(countValues(packed), records.length);
});

test('messages of every mode are cut out of any pieces, with their entries and acks', () => {
  const messages = [
    encode(['a.b', packed, { chunk: 'one' }]),
    encode(['a.b', records.map((record) => [1, record]), { size: 4, chunk: 'two' }]),
    encode(['a.b', 1, { text: 'x' }]),
  ];
  const whole = Buffer.concat(messages);
  for (const pieceBytes of [1009, 65_536, whole.length]) {
    const found: [number, unknown][] = [];
    const splitter = new FrameSplitter();
    for (let from = 0; from < whole.length; from += pieceBytes) {
      splitter.push(whole.subarray(from, from + pieceBytes), (message) => {
        const { entries, isSingle, option } = readFrame(message);
        const ack = ackOf(option);
        found.push([isSingle ? 1 : countValues(entries), ack && decode(ack)]);
      });
    }
    assert.deepEqual(found, [
      [4, { ack: 'one' }],
      [4, { ack: 'two' }],
      [1, undefined],
    ]);
  }
});
