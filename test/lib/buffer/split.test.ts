import assert from 'node:assert/strict';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { ChunkKeys } from '../../../lib/buffer/chunk_key.ts';
import { type Part, Splitter, type SplitterSetup } from '../../../lib/buffer/split.ts';
import { decodeEntries } from '../../../lib/codec/entry_codec.ts';
import { entries } from '../../../lib/testing/arbitraries.ts';
import { batchOf } from '../../../lib/testing/event.ts';
import { printEvent } from '../../../lib/testing/print_event.ts';
import { planOf } from './rig.ts';

type Given = Partial<Omit<SplitterSetup, 'keys' | 'emitError'>> & { readonly by?: string[] };

/** A splitter, and the reasons for which it refused events. */
function splitterOf({ by = ['tag'], ...given }: Given) {
  const refused: string[] = [];
  const splitter = new Splitter({
    keys: new ChunkKeys(planOf({}, by), 'UTC'),
    format: undefined,
    formatAll: undefined,
    chunkLimitBytes: 1e6,
    chunkLimitRecords: Number.POSITIVE_INFINITY,
    isCompressed: false,
    emitError: (_tag, _entry, { message }) => void refused.push(message),
    ...given,
  });
  return { splitter, refused };
}

const printed = (parts: readonly Part[]): string[] =>
  parts.flatMap(({ content }) => decodeEntries(content).map(printEvent));
const text = ({ content }: Part): string => Buffer.from(content).toString();

test('parts hold every entry once and in order, and none exceeds a limit', () => {
  const limits = fc.record({
    bytes: fc.integer({ min: 2000, max: 9000 }),
    count: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(entries(), { maxLength: 30 }), limits, (given, { bytes, count }) => {
      const { splitter, refused } = splitterOf({
        chunkLimitBytes: bytes,
        chunkLimitRecords: count,
      });
      const parts = splitter.split(batchOf('app', ...given));
      const all = given.map(printEvent);
      const kept = printed(parts);
      assert.equal(kept.length + refused.length, all.length);
      let at = -1;
      for (const each of kept) {
        at = all.indexOf(each, at + 1);
        assert(at >= 0, `an entry is not in its place: ${each}`);
      }
      for (const part of parts) {
        assert(part.content.length <= bytes && part.count <= count);
        assert.equal(decodeEntries(part.content).length, part.count);
      }
    }),
    { numRuns: 50 },
  );
});

test('the same batch is split in the same way each time', () => {
  const { splitter } = splitterOf({ by: ['level'], chunkLimitRecords: 2 });
  const batch = () => batchOf('app', ...[1, 2, 3, 4, 5, 6].map((n) => ({ n, level: n % 2 })));
  assert.deepEqual(splitter.split(batch()), splitter.split(batch()));
});

test('parts come in the order of their first entries, each with its key', () => {
  const { splitter } = splitterOf({ by: ['level'], format: ({ record }) => `${record['n']} ` });
  const parts = splitter.split(
    batchOf('app', { n: 1, level: 'b' }, { n: 2, level: 'a' }, { n: 3, level: 'b' }),
  );
  assert.deepEqual(
    parts.map((part) => [text(part), part.count, part.key.variables.get('level')]),
    [
      ['1 3 ', 2, 'b'],
      ['2 ', 1, 'a'],
    ],
  );
});

test('an event that no chunk can hold is refused with its size, and the others are kept', () => {
  const large = { message: 'x'.repeat(500) };
  const packed = splitterOf({ chunkLimitBytes: 100 });
  const formatted = splitterOf({
    chunkLimitBytes: 100,
    format: ({ record }) => String(record['message'] ?? record['n']),
  });
  for (const { splitter, refused } of [packed, formatted]) {
    const parts = splitter.split(batchOf('app', { n: 1 }, large, { n: 2 }));
    assert.equal(
      parts.reduce((sum, { count }) => sum + count, 0),
      2,
    );
    assert.match(
      refused.join(),
      /^an event of 5\d\d bytes exceeds `chunk_limit_size` \(100 bytes\)$/,
    );
  }
});

test('what cannot be formatted goes to the errors, and the others are kept', () => {
  const { splitter, refused } = splitterOf({
    format({ record }) {
      if (record['n'] === 2) throw new Error('no two');
      return String(record['n']);
    },
  });
  const [part] = splitter.split(batchOf('app', { n: 1 }, { n: 2 }, { n: 3 }));
  assert.deepEqual([part && text(part), part?.count, refused], ['13', 2, ['no two']]);
});

test('compressed parts hold the same', () => {
  const { splitter } = splitterOf({ isCompressed: true, format: () => 'line\n' });
  const [part] = splitter.split(batchOf('app', {}, {}));
  assert(part?.isCompressed);
  assert.equal(gunzipSync(part.content).toString(), 'line\nline\n');
});
