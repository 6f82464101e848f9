import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { byteSource } from '../../../lib/codec/byte_source.ts';
import { ByteWriter } from '../../../lib/codec/byte_writer.ts';
import { writeJsonText } from '../../../lib/codec/json_bytes.ts';
import { printJsonExactly } from '../../../lib/codec/json_print.ts';
import { decodeUtf8 } from '../../../lib/codec/text.ts';

/** Prints pieces of bytes that lie one behind another, as strings one behind another. */
function print(pieces: readonly Uint8Array[]): Buffer {
  const source = byteSource(Buffer.concat(pieces));
  const writer = new ByteWriter(source.bytes.length + 2 * pieces.length);
  let at = 0;
  for (const { length } of pieces) {
    writer.byte(0x22);
    writeJsonText(writer, source, at, at + length);
    writer.byte(0x22);
    at += length;
  }
  return writer.written;
}

function plain(pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat(pieces.map((piece) => Buffer.from(printJsonExactly(decodeUtf8(piece)))));
}

test('prints each byte, at any place of four, as the plain way does', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    for (let before = 0; before < 5; before += 1) {
      const text = Buffer.concat([Buffer.alloc(before, 'a'), Buffer.of(byte), Buffer.from('bc')]);
      assert.deepEqual(print([text]), plain([text]));
    }
  }
});

test('prints any bytes as the plain way does', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }).map((text) => Buffer.from(text)),
    fc
      .array(fc.constantFrom(0x22, 0x5c, 0x00, 0x0a, 0x1f, 0x20, 0x61), { maxLength: 200 })
      .map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      assert.deepEqual(print(pieces), plain(pieces));
    }),
  );
});
