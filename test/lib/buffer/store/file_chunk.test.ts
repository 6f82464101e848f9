import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { FileChunk } from '../../../../lib/buffer/store/file_chunk.ts';
import { pieceBytes } from '../../../../lib/buffer/store/pieces.ts';

const id = '0'.repeat(32);
const headLength = 100;
const frameBytes = fc.oneof(fc.integer({ min: 24, max: 2000 }), fc.integer({ min: 24, max: 3e6 }));

test('what is read at once of a chunk is whole frames, a megabyte of them or one that is longer', () => {
  fc.assert(
    fc.property(fc.array(frameBytes, { maxLength: 40 }), fc.nat(), (frames, pick) => {
      const chunk = new FileChunk(id, 0, 'staged');
      chunk.length = chunk.headLength = headLength;
      const ends = [headLength];
      for (const bytes of frames) {
        chunk.grow(bytes);
        ends.push(chunk.length);
      }
      assertRuns(chunk, ends);
      const kept = ends.slice(0, 1 + (pick % ends.length));
      chunk.shrink(kept.at(-1) ?? headLength);
      assertRuns(chunk, kept);
    }),
  );
});

/** `ends` are the ends of the chunk's head and of its frames. */
function assertRuns(chunk: FileChunk, ends: readonly number[]): void {
  let position = headLength;
  for (const { start, end } of chunk.wholeRuns) {
    assert.equal(start, position);
    assert.ok(end > start && ends.includes(end), 'a run ends within a frame');
    const count = ends.filter((each) => each > start && each <= end).length;
    assert.ok(end - start <= pieceBytes || count === 1, `${count} frames of ${end - start} bytes`);
    position = end;
  }
  assert.equal(position, ends.at(-1));
}
