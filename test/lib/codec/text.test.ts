import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import test from 'node:test';
import fc from 'fast-check';
import { decodeUtf8, parseBytes } from '../../../lib/codec/text.ts';
import { RawString } from '../../../lib/event/entry.ts';

test('decodes UTF-8 and keeps all other bytes as they are', () => {
  assert.equal(decodeUtf8(Buffer.from('日本')), '日本');
  assert.deepEqual(decodeUtf8(Buffer.from('ff', 'hex')), new RawString(Buffer.from('ff', 'hex')));
});

test('gives the very bytes back that a parser cuts out of bytes that are not UTF-8', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(), (bytes, place) => {
      fc.pre(!isUtf8(bytes));
      const parts = parseBytes(bytes, (text, restore) => {
        const at = place % (text.length + 1);
        return [text.slice(0, at), text.slice(at)].map((part) => restore?.(part) ?? part);
      });
      const joined = parts.map((part) =>
        Buffer.from(part instanceof RawString ? part.bytes : Buffer.from(part)),
      );
      assert.deepEqual(Buffer.concat(joined), Buffer.from(bytes));
    }),
  );
});

test('shows text as text', () => {
  assert.equal(
    parseBytes(Buffer.from('é'), (text, restore) => `${text} ${restore === undefined}`),
    'é true',
  );
});
