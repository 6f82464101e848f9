import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import test from 'node:test';
import zlib, { gunzipSync, gzipSync } from 'node:zlib';
import forward from '../../../connectors/output/forward.ts';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import { decodeEntries, encodeEntries } from '../../../lib/codec/entry_codec.ts';
import { canZstd } from '../../../lib/codec/zstd.ts';
import type { Entry } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { Chunk } from '../../../lib/plugin/contract.ts';
import type { BufferSettings } from '../../../lib/plugin/read_buffer.ts';
import { testChunk } from '../../../lib/testing/test_chunk.ts';
import { makeOutput, type Received, TestReceiver } from './forward_harness.ts';

type Compression = 'text' | 'gzip' | 'zstd';

const never = new AbortController().signal;
const groups: readonly (readonly Entry[])[] = [0, 1, 2].map((group) =>
  [1, 2].map((n) => ({
    time: new EventTime(1_700_000_000 + group, n),
    record: { n, text: 'again and '.repeat(50) },
  })),
);
const packed = groups.map((entries) => encodeEntries(entries));

/** The one frame that comes of the groups, each appended to the buffer by itself. */
async function frameThrough(buffer: BufferSettings, compress: Compression): Promise<Received> {
  const receiver = await TestReceiver.start();
  const server = [{ host: '127.0.0.1', port: receiver.port }];
  const given = { server, compress, heartbeatType: 'none', requireAckResponse: false } as const;
  const output = forward.stream(given, { buffer: { ...buffer, flushAtShutdown: true } });
  const batches = groups.map((entries) => entriesBatch('app', entries));
  const sink = new Writable({ objectMode: true, write: (_receipt, _encoding, done) => done() });
  await pipeline(Readable.from(batches), output, sink);
  const frame = await receiver.frame(0);
  assert.equal(receiver.frames.length, 1);
  await receiver.stop();
  return frame;
}

/** The one frame that comes of a chunk. */
async function frameOf(chunk: Chunk, compress: Compression): Promise<Received> {
  const receiver = await TestReceiver.start();
  const { output, close } = makeOutput([receiver.port], { compress, requireAckResponse: false });
  await output.write(chunk, never);
  const frame = await receiver.frame(0);
  await close();
  await receiver.stop();
  return frame;
}

test('what a buffer has compressed goes out as it is stored, in memory or in a file', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-forward-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const members = Buffer.concat(packed.map((bytes) => gzipSync(bytes)));
  const buffers = [{ type: 'memory' }, { type: 'file', path: join(folder, 'buffer') }] as const;
  for (const buffer of buffers) {
    const frame = await frameThrough({ ...buffer, compress: 'gzip' }, 'gzip');
    assert.equal(frame.options['compressed'], 'gzip');
    assert.equal(frame.options['size'], 6);
    assert.deepEqual(Buffer.from(frame.packed), members);
  }
});

test('what is compressed in one place only is compressed or expanded on the way', async () => {
  const content = Buffer.concat(packed);
  const sent = await frameThrough({ type: 'memory', compress: 'text' }, 'gzip');
  assert.deepEqual(gunzipSync(sent.packed), content);
  const plain = await frameThrough({ type: 'memory', compress: 'gzip' }, 'text');
  assert.equal(plain.options['compressed'], undefined);
  assert.deepEqual(Buffer.from(plain.packed), content);
});

test('uncompressed bytes go out as they are, and nobody looks into them', async () => {
  const undecodable = Buffer.from('c1c1c1', 'hex');
  const frame = await frameOf(testChunk({ pieces: [undecodable] }), 'text');
  assert.deepEqual(Buffer.from(frame.packed), undecodable);
});

test('compressed content that is more than a frame holds is cut by its entries, as if it were not compressed', async () => {
  const large = Array.from({ length: 60 }, (_, n) => ({
    time: new EventTime(n, n),
    record: { text: String(n % 10).repeat(100_000) },
  }));
  const content = encodeEntries(large);
  const member = gzipSync(content);
  const chunk: Chunk = {
    ...testChunk({ entries: large }),
    sizeBytes: member.length,
    async *stored() {
      yield { bytes: member, isCompressed: true };
    },
  };
  const receiver = await TestReceiver.start();
  const { output, close } = makeOutput([receiver.port], {
    compress: 'gzip',
    requireAckResponse: false,
  });
  await output.write(chunk, never);
  await receiver.frame(1);
  assert.deepEqual(
    receiver.frames.flatMap((frame) => decodeEntries(gunzipSync(frame.packed))),
    large,
  );
  await close();
  await receiver.stop();
});

test('zstd goes out where Node has it, and is refused where it has not', async () => {
  const chunk = testChunk({ entries: groups[0] ?? [] });
  if (!canZstd) {
    const refused = { code: 'MR_OPTION', hint: /22\.15/ };
    assert.throws(() => makeOutput([1], { compress: 'zstd' }), refused);
    return;
  }
  const frame = await frameOf(chunk, 'zstd');
  assert.equal(frame.options['compressed'], 'zstd');
  const { zstdDecompressSync } = zlib as unknown as {
    readonly zstdDecompressSync: (bytes: Uint8Array) => Buffer;
  };
  assert.deepEqual(zstdDecompressSync(frame.packed), packed[0] && Buffer.from(packed[0]));
});
