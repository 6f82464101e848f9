import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { LentBytes } from '../../../lib/codec/byte_pool.ts';
import { encodeEntry, entryEnds } from '../../../lib/codec/entry_codec.ts';
import { cutEntries, type EntryPart } from '../../../lib/codec/entry_parts.ts';
import { EventTime } from '../../../lib/event/time.ts';

async function* stream(pieces: readonly Uint8Array[]): AsyncGenerator<LentBytes> {
  for (const bytes of pieces) yield { bytes };
}

async function cut(pieces: readonly Uint8Array[], partBytes: number): Promise<EntryPart[]> {
  const parts: EntryPart[] = [];
  for await (const part of cutEntries(stream(pieces), partBytes)) parts.push(part);
  return parts;
}

function contentOf(part: EntryPart): Buffer {
  return Buffer.concat(part.pieces);
}

const contents = fc
  .array(fc.nat(100), { maxLength: 60 })
  .map((lengths) =>
    lengths.map((length) =>
      encodeEntry({ time: new EventTime(1, 0), record: { t: 'x'.repeat(length) } }),
    ),
  );

test('the same content is cut in the same parts, however it comes', async () => {
  const splits = fc.array(fc.boolean(), { minLength: 60, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      contents,
      splits,
      fc.integer({ min: 1, max: 500 }),
      async (list, ways, size) => {
        const pieces: Uint8Array[] = [];
        for (const [index, entry] of list.entries()) {
          const last = pieces.at(-1);
          if (last === undefined || ways[index]) pieces.push(entry);
          else pieces[pieces.length - 1] = Buffer.concat([last, entry]);
        }
        const parts = (await cut(pieces, size)).map((part) => contentOf(part).toString('hex'));
        const whole = (await cut([Buffer.concat(list)], size)).map((part) =>
          contentOf(part).toString('hex'),
        );
        assert.deepEqual(parts, whole);
        assert.equal(parts.join(''), Buffer.concat(list).toString('hex'));
      },
    ),
    { numRuns: 500 },
  );
});

test('parts end between entries, each with all that fit into it, or with one that is longer', async () => {
  await fc.assert(
    fc.asyncProperty(contents, fc.integer({ min: 1, max: 500 }), async (list, size) => {
      const parts = await cut(list, size);
      for (const [index, part] of parts.entries()) {
        assert.equal(part.index, index);
        assert.equal(part.isLast, index === parts.length - 1);
        const content = contentOf(part);
        const ends = entryEnds(content);
        assert.equal(ends.at(-1) ?? 0, content.length);
        assert.ok(content.length <= size || ends.length === 1);
        const next = parts[index + 1];
        if (next !== undefined) {
          assert.ok(content.length + (entryEnds(contentOf(next))[0] ?? 0) > size);
        }
      }
    }),
  );
});

test('no content is one empty part', async () => {
  const [{ index, isLast, pieces } = assert.fail(), ...others] = await cut([], 10);
  assert.deepEqual([index, isLast, pieces, others], [0, true, [], []]);
});

test('a piece is given back once every part with a share in it is', async () => {
  const entry = encodeEntry({ time: new EventTime(1, 0), record: { t: 'x'.repeat(80) } });
  const given: number[] = [];
  async function* lend(): AsyncGenerator<LentBytes> {
    for (const index of [0, 1, 2]) {
      yield { bytes: Buffer.concat([entry, entry, entry]), release: () => void given.push(index) };
    }
  }
  const parts: EntryPart[] = [];
  // Two entries a part: the second part has the end of the first piece and the beginning of the second.
  for await (const part of cutEntries(lend(), entry.length * 2)) parts.push(part);
  assert.equal(parts.length, 5);
  assert.deepEqual(given, []);
  parts[1]?.release();
  assert.deepEqual(given, []);
  parts[0]?.release();
  assert.deepEqual(given, [0]);
  for (const part of parts.slice(2)) part.release();
  assert.deepEqual(given, [0, 1, 2]);
});
