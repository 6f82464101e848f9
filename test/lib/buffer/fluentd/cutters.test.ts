import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { ContentPart, Cutter } from '../../../../lib/buffer/fluentd/cutter.ts';
import { partBytes } from '../../../../lib/buffer/fluentd/cutter.ts';
import { EntryCutter } from '../../../../lib/buffer/fluentd/entry_cutter.ts';
import { TextCutter } from '../../../../lib/buffer/fluentd/text_cutter.ts';
import { decodeEntries, encodeEntries } from '../../../../lib/codec/entry_codec.ts';
import { entry } from '../rig.ts';
import { packed } from './fluentd_files.ts';

/** Gives the content in pieces of these lengths, and what is left at once. */
function cut(cutter: Cutter, content: Uint8Array, lengths: readonly number[] = []): ContentPart[] {
  const parts: ContentPart[] = [];
  let position = 0;
  for (const length of [...lengths, content.length]) {
    parts.push(...cutter.push(content.subarray(position, position + length)));
    position += length;
  }
  return [...parts, ...cutter.finish()];
}

const rangesOf = (parts: readonly ContentPart[]): unknown[] =>
  parts.map(({ begin, count, end }) => [begin, end, count]);

/** About 10 MB of entries, one of them larger than a part. */
const large = encodeEntries([
  entry(1, { text: 'x'.repeat(3_000_000) }),
  entry(2, { text: 'y'.repeat(900_000) }),
  entry(3, { text: 'z'.repeat(900_000) }),
  entry(4, { text: 'w'.repeat(5_000_000) }),
  entry(5),
]);

test('parts end between entries, hold no more than they may, and all that came', () => {
  const cutter = new EntryCutter(0);
  const parts = cut(cutter, large);
  assert.equal(cutter.fault, undefined);
  assert.deepEqual(
    parts.map(({ count }) => count),
    [2, 1, 1, 1],
  );
  for (const { content, count } of parts) assert(count === 1 || content.length <= partBytes);
  assert(Buffer.concat(parts.map(({ content }) => content)).equals(large));
});

test('the cuts do not depend on how the bytes come', () => {
  const whole = rangesOf(cut(new EntryCutter(0), large));
  const length = fc.integer({ min: 1, max: 6_000_000 });
  fc.assert(
    fc.property(fc.array(length, { maxLength: 8 }), (lengths) => {
      assert.deepEqual(rangesOf(cut(new EntryCutter(0), large, lengths)), whole);
    }),
    { numRuns: 20 },
  );
});

test('whoever goes on at a cut gets the cuts that come after it', () => {
  const whole = cut(new EntryCutter(0), large);
  const start = whole[1]?.begin ?? 0;
  const later = cut(new EntryCutter(start), large.subarray(start));
  assert.deepEqual(rangesOf(later), rangesOf(whole.slice(1)));
});

test('entries before a torn one are given, at every length', () => {
  const three = packed(0, 3);
  const two = packed(0, 2).length;
  for (let length = two + 1; length < three.length; length += 1) {
    const cutter = new EntryCutter(0);
    assert.deepEqual(rangesOf(cut(cutter, three.subarray(0, length))), [[0, two, 2]]);
    assert.deepEqual(cutter.fault, { at: two, reason: 'the last entry is not whole' });
  }
});

test('entries before what is none are given, whatever follows', () => {
  const two = packed(0, 2);
  for (const garbage of ['00', 'c1', '93010203', '9201c0', 'ff', '92a16180']) {
    const cutter = new EntryCutter(0);
    const content = Buffer.concat([two, Buffer.from(garbage, 'hex'), packed(5, 6)]);
    assert.deepEqual(rangesOf(cut(cutter, content)), [[0, two.length, 2]], garbage);
    assert.equal(cutter.fault?.at, two.length);
  }
});

test('an entry in another form becomes one in ours', () => {
  // A float for a time: 1700000000.0
  const content = Buffer.from('92cb41d954fc4000000081a16e05', 'hex');
  const [part] = cut(new EntryCutter(0), content);
  const [only] = decodeEntries(part?.content ?? new Uint8Array());
  assert.deepEqual(only?.record, { n: 5 });
  assert.equal(part?.end, content.length);
  assert.equal(part?.content[1], 0xd7);
});

test('text is cut after line breaks, and lines are counted', () => {
  const line = `${'x'.repeat(99)}\n`;
  const text = Buffer.from(`${line.repeat(50_000)}rest`);
  const parts = cut(new TextCutter(0), text, [7, 1_000_000]);
  const whole = Math.floor(partBytes / 100);
  assert.deepEqual(rangesOf(parts), [
    [0, whole * 100, whole],
    [whole * 100, text.length, 50_001 - whole],
  ]);
});

test('text without line breaks is cut all the same', () => {
  const parts = cut(new TextCutter(0), Buffer.alloc(partBytes + 1, 'x'));
  assert.deepEqual(rangesOf(parts), [
    [0, partBytes, 1],
    [partBytes, partBytes + 1, 1],
  ]);
});
