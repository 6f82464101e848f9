import assert from 'node:assert/strict';
import test from 'node:test';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { MetricRegistry } from '../../../lib/metric/metric.ts';
import { ForwardFrames, refusalOf } from '../../../lib/net/forward_frames.ts';
import { ForwardRefusal, ForwardRefusals } from '../../../lib/net/forward_refusals.ts';

const limits = {
  frameBytes: undefined,
  frameWarnBytes: undefined,
  decompressedBytes: 1000,
  memoryBytes: 100_000,
};

/** What comes of bytes that come in such pieces: the tags and bodies, and why it ends. */
function read(pieces: readonly Uint8Array[], speaksJson = false): readonly string[] {
  const refusals = new ForwardRefusals('test', new MetricRegistry(), () => {});
  const frames = new ForwardFrames(speaksJson, limits, refusals, 'client');
  const found: string[] = [];
  try {
    for (const piece of pieces) {
      frames.push(piece);
      for (let bytes = frames.cut(); bytes !== undefined; bytes = frames.cut()) {
        const frame = frames.decode(bytes);
        if (frame !== undefined)
          found.push(`${frame.tag} ${frame.mode} ${frame.body.toString('hex')}`);
      }
      assert(
        frames.heldBytes <= 20 * 1024 + 20 * piece.length,
        `${frames.heldBytes} bytes are held`,
      );
    }
  } catch (error) {
    const refusal = refusalOf('malformed', error);
    assert(refusal instanceof ForwardRefusal, String(error));
    found.push(refusal.reason);
  }
  return found;
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const frame = fc
  .constantFrom<unknown>(
    ['a', 5, { n: 1 }],
    ['b', [[5, { text: 'x'.repeat(300) }]], { chunk: 'c' }],
    ['c', new Uint8Array([0x92, 5, 0x80]), { size: 1 }],
    null,
    7,
  )
  .map((value) => Buffer.from(encode(value)));
const noise = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes));
const stream = fc
  .array(fc.oneof({ weight: 4, arbitrary: frame }, noise))
  .map((parts) => Buffer.concat(parts));
const cuts = fc.array(fc.nat(), { maxLength: 8 });

test('whatever comes, it is the same frames and the same refusal under any split', () => {
  fc.assert(
    fc.property(stream, cuts, (bytes, at) => {
      assert.deepEqual(read(cutAt(bytes, at)), read([bytes]));
    }),
    { numRuns: 1000 },
  );
});

test('the same holds in JSON', () => {
  const texts = fc.array(fc.constantFrom('["a",5,{"n":1}]', '{}', '\n', '"', '[', '\\', '/*', '1'));
  fc.assert(
    fc.property(texts, cuts, (parts, at) => {
      const bytes = Buffer.from(`[${parts.join('')}`);
      assert.deepEqual(read(cutAt(bytes, at), true), read([bytes], true));
    }),
    { numRuns: 1000 },
  );
});
