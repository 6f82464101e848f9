import assert from 'node:assert/strict';
import test from 'node:test';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { BytePool } from '../../../lib/codec/byte_pool.ts';
import { MsgpackSplitter } from '../../../lib/codec/msgpack_splitter.ts';

const isCodecError = { name: 'MillraceError', code: 'MR_CODEC' };

function drain(splitter: MsgpackSplitter): string[] {
  const frames: string[] = [];
  for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
    frames.push(frame.toString('hex'));
  }
  return frames;
}

/** The stream cut at the given places (taken modulo its length). */
function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (stream.length + 1)), stream.length];
  ends.sort((one, other) => one - other);
  return ends.map((end, index) => stream.subarray(ends[index - 1] ?? 0, end));
}

const frames = fc.array(
  fc.oneof(
    fc.jsonValue({ maxDepth: 4 }).map((value) => Buffer.from(encode(value))),
    fc.uint8Array({ maxLength: 2000 }).map((value) => Buffer.from(encode(value))),
    fc
      .constantFrom('c0', 'c700fe', 'd8c0'.padEnd(36, 'a'), 'dc0000', 'de000101dd0000000102')
      .map((hex) => Buffer.from(hex, 'hex')),
  ),
  { maxLength: 20 },
);
const places = fc.array(fc.nat(), { maxLength: 20 });

test('a stream splits into its values under any split of its bytes', () => {
  fc.assert(
    fc.property(frames, places, (values, where) => {
      const splitter = new MsgpackSplitter(1e6);
      const found = cut(Buffer.concat(values), where).flatMap((chunk) => {
        splitter.push(chunk);
        return drain(splitter);
      });
      assert.deepEqual(
        found,
        values.map((value) => value.toString('hex')),
      );
      assert.ok(splitter.isBetweenValues);
    }),
    { numRuns: 500 },
  );
});

test('chunks that come before the values are asked for are kept', () => {
  fc.assert(
    fc.property(frames, places, (values, where) => {
      const splitter = new MsgpackSplitter(1e6);
      for (const chunk of cut(Buffer.concat(values), where)) splitter.push(chunk);
      assert.deepEqual(
        drain(splitter),
        values.map((value) => value.toString('hex')),
      );
    }),
  );
});

test('a value stays as it was while later ones come', () => {
  const stream = Buffer.concat([encode('a'.repeat(3000)), encode('b'.repeat(3000))]);
  const splitter = new MsgpackSplitter(1e6);
  let first: Buffer | undefined;
  for (let offset = 0; offset < stream.length; offset += 100) {
    splitter.push(stream.subarray(offset, offset + 100));
    first ??= splitter.next();
  }
  assert.deepEqual(first, stream.subarray(0, 3003));
  assert.deepEqual(splitter.next(), stream.subarray(3003));
});

/** Spoils what is given back, so that whoever still looks at it is found out. */
class SpoilingPool extends BytePool {
  override give(bytes: Buffer): void {
    bytes.fill(0xc1);
    super.give(bytes);
  }
}

test('values in pooled memory are whole until they are given back, however the bytes come', () => {
  const sizes = fc.array(fc.oneof(fc.nat(50), fc.integer({ min: 60_000, max: 150_000 })), {
    maxLength: 12,
  });
  const pieces = fc.array(fc.integer({ min: 1, max: 80_000 }), { minLength: 1, maxLength: 20 });
  const keeps = fc.array(fc.nat(3), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(sizes, pieces, keeps, (lengths, cuts, keptFor) => {
      const pool = new SpoilingPool(1e6);
      const splitter = new MsgpackSplitter(1e6, undefined, pool);
      const values = lengths.map((length, index) =>
        Buffer.from(encode(Buffer.alloc(length, index))),
      );
      const stream = Buffer.concat(values);
      const found: string[] = [];
      const held: { readonly frame: Buffer; readonly release: (() => void) | undefined }[] = [];
      const look = (): void => {
        const { frame, release } = held.shift() ?? assert.fail();
        found.push(frame.toString('hex'));
        release?.();
      };
      for (let from = 0, turn = 0; from < stream.length; turn += 1) {
        const chunk = stream.subarray(from, from + (cuts[turn % cuts.length] ?? 1));
        from += chunk.length;
        const rest = chunk.subarray(splitter.absorb(chunk));
        if (rest.length === 0) continue;
        const { bytes, release } = pool.lend(rest.length);
        rest.copy(bytes);
        splitter.push(bytes.subarray(0, rest.length), release);
        for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
          const { loan } = splitter;
          held.push({ frame, release: loan && (() => loan.release()) });
        }
        while (held.length > (keptFor[turn % keptFor.length] ?? 0)) look();
      }
      while (held.length > 0) look();
      assert.deepEqual(
        found,
        values.map((value) => value.toString('hex')),
      );
      assert.ok(splitter.isBetweenValues);
    }),
  );
});

test('oversized values are skipped under any split, and the others come through', () => {
  fc.assert(
    fc.property(frames, places, (values, where) => {
      const limit = 100;
      const sizes: number[] = [];
      const splitter = new MsgpackSplitter(limit, (size) => sizes.push(size));
      const found = cut(Buffer.concat(values), where).flatMap((chunk) => {
        splitter.push(chunk);
        const complete = drain(splitter);
        assert.ok(splitter.pendingBytes <= limit);
        return complete;
      });
      const fitting = values.filter((value) => value.length <= limit);
      const tooLong = values.filter((value) => value.length > limit);
      assert.deepEqual(
        found,
        fitting.map((value) => value.toString('hex')),
      );
      assert.deepEqual(
        sizes,
        tooLong.map((value) => value.length),
      );
      assert.ok(splitter.isBetweenValues);
    }),
    { numRuns: 500 },
  );
});

test('without a callback an oversized value is an error as soon as its length is known', () => {
  const splitter = new MsgpackSplitter(1000);
  splitter.push(Buffer.from('c6000003e9', 'hex'));
  assert.throws(() => splitter.next(), isCodecError);
});

test('values before a malformed one come out first', () => {
  const splitter = new MsgpackSplitter(1000);
  splitter.push(Buffer.from('01a161c1', 'hex'));
  assert.equal(splitter.next()?.toString('hex'), '01');
  assert.equal(splitter.next()?.toString('hex'), 'a161');
  assert.throws(() => splitter.next(), isCodecError);
});

test('a claimed length takes no memory before its bytes come', () => {
  const before = process.memoryUsage().arrayBuffers;
  const splitters = Array.from({ length: 50 }, () => {
    const splitter = new MsgpackSplitter(2 ** 32);
    splitter.push(Buffer.from('dbf0000000', 'hex'));
    assert.equal(splitter.next(), undefined);
    return splitter;
  });
  assert.ok(process.memoryUsage().arrayBuffers - before < 10e6);
  assert.ok(!splitters.some((splitter) => splitter.isBetweenValues));
});

test('a long value in small pieces is copied a bounded number of times', () => {
  const value = Buffer.from(encode(Array.from({ length: 300_000 }, (_, index) => index)));
  const splitter = new MsgpackSplitter(1e8);
  const started = process.cpuUsage();
  for (let offset = 0; offset < value.length; offset += 64) {
    splitter.push(value.subarray(offset, offset + 64));
    if (offset + 64 < value.length) assert.equal(splitter.next(), undefined);
  }
  assert.equal(splitter.next()?.length, value.length);
  // Quadratic copying or scanning would take minutes here.
  assert.ok(process.cpuUsage(started).user < 20e6);
});
