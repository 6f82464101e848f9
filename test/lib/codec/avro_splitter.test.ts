import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  containerHead,
  mergeBlocks,
  readContainer,
  singleBlock,
  syncMarker,
} from '../../../lib/codec/avro_container.ts';
import { compileAvro } from '../../../lib/codec/avro_schema.ts';
import { AvroSplitter } from '../../../lib/codec/avro_splitter.ts';
import { MillraceError } from '../../../lib/error.ts';

const schema = compileAvro({
  type: 'record',
  name: 'Line',
  doc: 'long '.repeat(40),
  fields: [{ name: 'n', type: 'long' }],
});
const sync = syncMarker(schema);
const head = containerHead(schema, 'null');
const headOfDeflate = containerHead(schema, 'deflate');

const blockOf = (n: number): Buffer => singleBlock(schema.type.toBuffer({ n }), sync);

/** Cuts bytes at the places, feeds the pieces, and gives the texts. */
function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const splitter = new AvroSplitter();
  const texts: Buffer[] = [];
  const drain = (): void => {
    for (let text = splitter.next(); text !== undefined; text = splitter.next()) texts.push(text);
  };
  const places = [0, ...[...cuts].sort((one, other) => one - other), bytes.length];
  for (const [index, place] of places.entries()) {
    splitter.push(bytes.subarray(places[index - 1] ?? 0, place));
    drain();
  }
  splitter.finish();
  drain();
  return texts;
}

const refusal = (message: RegExp) => (error: unknown) =>
  error instanceof MillraceError && error.code === 'MR_CODEC' && message.test(error.message);

test('each block of a container becomes a container, wherever the stream is split', () => {
  const numbers = fc.array(fc.maxSafeInteger(), { maxLength: 20 });
  const cuts = fc.array(fc.nat(1000), { maxLength: 30 });
  fc.assert(
    fc.property(numbers, cuts, (ns, places) => {
      const bytes = Buffer.concat([head, ...ns.map(blockOf)]);
      const inside = places.map((place) => Math.min(place, bytes.length));
      const texts = split(bytes, inside);
      assert.deepEqual(
        texts.map((text) => readContainer(text)),
        ns.map((n) => [{ n }]),
      );
    }),
  );
});

test('blocks that are compressed come out with the head that says so', async () => {
  async function* pieces() {
    for (let n = 0; n < 40_000; n += 1) yield blockOf(n);
  }
  const blocks: Uint8Array[] = [];
  for await (const block of mergeBlocks(pieces(), sync, 'deflate')) blocks.push(block);
  assert(blocks.length > 1);
  const texts = split(Buffer.concat([headOfDeflate, ...blocks]), [7, 1000, 20_000]);
  assert.equal(texts.length, blocks.length);
  assert.deepEqual(
    texts.flatMap((text) => readContainer(text)).map(({ n }) => n),
    Array.from({ length: 40_000 }, (_, n) => n),
  );
});

test('a stream that is no container is one text, complete at its end', () => {
  const record = schema.type.toBuffer({ n: 2 ** 40 });
  assert.deepEqual(split(record, [1, 2, 4]), [record]);
  assert.deepEqual(split(Buffer.from('Ob'), [1]), [Buffer.from('Ob')]);
  assert.deepEqual(split(Buffer.alloc(0), []), []);
});

test('a container that is cut off anywhere but behind a block is refused', () => {
  const whole = Buffer.concat([head, blockOf(1)]);
  for (let length = 4; length < whole.length; length += 1) {
    if (length === head.length) continue;
    assert.throws(() => split(whole.subarray(0, length), []), refusal(/ends early/));
  }
  assert.deepEqual(split(head, []), []);
});

test('lengths that no writer writes are refused at once', () => {
  const hex = (text: string): Buffer => Buffer.from(text, 'hex');
  const wrongBlocks: readonly [Buffer, RegExp][] = [
    [hex('0201'), /a block of 1 records in -1 bytes/],
    [hex('0102'), /a block of -1 records in 1 bytes/],
    [hex('02ffffffffff7f'), /a block of 1 records in -\d+ bytes/],
    [hex('02feffffff7f'), /a block of 1 records in \d+ bytes/],
    [hex('02ffffffffffffffffff01'), /a length beyond measure/],
  ];
  for (const [bytes, message] of wrongBlocks) {
    assert.throws(() => split(Buffer.concat([head, bytes]), []), refusal(message));
  }
  const wrongHead = Buffer.concat([hex('4f626a010201'), Buffer.alloc(20)]);
  assert.throws(() => split(wrongHead, []), refusal(/a text of -1 bytes/));
  const endless = Buffer.concat([hex('4f626a01feffffff7f'), Buffer.alloc(5_000_000)]);
  const endlessText = Buffer.concat([hex('4f626a0102feffffff7f'), Buffer.alloc(5_000_000)]);
  for (const bytes of [endless, endlessText]) {
    assert.throws(() => split(bytes, []), refusal(/its head is too long/));
  }
});
