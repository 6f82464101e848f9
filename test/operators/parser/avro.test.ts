import assert from 'node:assert/strict';
import test from 'node:test';
import { deflateRawSync } from 'node:zlib';
import avsc from 'avsc';
import fc from 'fast-check';
import { MillraceError } from '../../../lib/error.ts';
import { RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import avro from '../../../operators/parser/avro.ts';
import { everyKind } from '../formatter/avro_case.ts';

const now = new EventTime(1_700_000_000, 5);
const context = testContext({ clock: new TestClock(now) });
const schema = {
  type: 'record',
  name: 'Line',
  fields: [
    { name: 'message', type: 'string' },
    { name: 'n', type: ['null', 'long'] },
    { name: 'at', type: 'double' },
  ],
};
const line = avsc.Type.forSchema(schema as avsc.Schema);

parserLaws(avro, { schema }, { test, samples: [line.toBuffer({ message: 'a', n: 1, at: 1.5 })] });

/** A container as avsc writes it. */
function containerOf(records: readonly object[], codec: 'null' | 'deflate'): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const encoder = new avsc.streams.BlockEncoder(line, { codec, writeHeader: true });
    encoder.on('data', (piece) => pieces.push(piece));
    encoder.on('end', () => resolve(Buffer.concat(pieces)));
    encoder.on('error', reject);
    for (const record of records) encoder.write(record);
    encoder.end();
  });
}

function refuses(run: () => unknown): void {
  assert.throws(run, (error) => error instanceof MillraceError && error.code === 'MR_CODEC');
}

test('reads containers that avsc wrote, without being told the schema', async () => {
  const records = [
    { message: 'one', n: null, at: 1.5 },
    { message: 'größer', n: -(2 ** 40), at: 0 },
  ];
  const parser = context.make(avro({}));
  for (const codec of ['null', 'deflate'] as const) {
    assert.deepEqual(
      parser.parse(await containerOf(records, codec)),
      records.map((record) => ({ time: now, record })),
    );
  }
  assert.deepEqual(parser.parse(await containerOf([], 'null')), []);
});

test('reads one record alone by the schema given, and takes its time out of it', () => {
  const parser = context.make(avro({ schema, timeKey: 'at', timeType: 'float' }));
  const bytes = line.toBuffer({ message: 'x', n: 7, at: 5.25 });
  assert.deepEqual(parser.parse(bytes), [
    { time: new EventTime(5, 250_000_000), record: { message: 'x', n: 7 } },
  ]);
  assert.equal(parser.parse(Buffer.concat([bytes, bytes])), null);
  assert.equal(context.make(avro({})).parse(bytes), null);
});

test('reads integers of 64 bits exactly, and text that is not UTF-8 as it is', () => {
  const parser = context.make(avro({ schema }));
  const bytes = Buffer.from(`0261ff02feffffffffffffffff01${'00'.repeat(8)}`, 'hex');
  bytes.set([4], 0);
  assert.deepEqual(parser.parse(bytes)?.[0]?.record, {
    message: new RawString(new Uint8Array([0x61, 0xff])),
    n: 2n ** 63n - 1n,
    at: 0,
  });
});

test('reads what avsc writes, whatever it is', () => {
  const type = avsc.Type.forSchema(everyKind as avsc.Schema, { wrapUnions: false });
  const parser = context.make(avro({ schema: everyKind }));
  for (let run = 0; run < 200; run += 1) {
    const bytes = type.toBuffer(type.random());
    const [entry] = parser.parse(bytes) ?? [];
    // Bytes are compared as numbers, records and maps as what JSON says of them.
    const plain = (given: unknown): unknown => JSON.parse(JSON.stringify(given, bytesAsList));
    assert.deepEqual(plain(entry?.record), plain(type.fromBuffer(bytes)));
  }
});

test('a container that is cut off or damaged is refused', async () => {
  const parser = context.make(avro({}));
  const whole = await containerOf([{ message: 'one', n: 1, at: 1 }], 'null');
  const headLength = (await containerOf([], 'null')).length;
  for (let length = 4; length < whole.length; length += 1) {
    const cut = whole.subarray(0, length);
    if (length === headLength) assert.deepEqual(parser.parse(cut), []);
    else refuses(() => parser.parse(cut));
  }
  const forged = Buffer.from(whole);
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  refuses(() => parser.parse(forged));
  refuses(() =>
    parser.parse(Buffer.from(whole.toString('latin1').replace('null', 'nUll'), 'latin1')),
  );
});

test('lengths and counts that are not true take neither memory nor time', () => {
  const lists = {
    type: 'record',
    name: 'L',
    fields: [{ name: 'l', type: { type: 'array', items: 'null' } }],
  };
  const parser = context.make(avro({ schema: lists }));
  const many = avsc.Type.forSchema('long').toBuffer(2 ** 50);
  refuses(() => parser.parse(Buffer.concat([many, Buffer.from([0])])));
  refuses(() => context.make(avro({ schema })).parse(many));
  assert.deepEqual(parser.parse(Buffer.from([6, 0]))?.[0]?.record, { l: [null, null, null] });
});

test('never fails otherwise than with MR_CODEC, whatever it is given', async () => {
  const parser = context.make(avro({ schema: everyKind }));
  const whole = await containerOf([{ message: 'one', n: 1, at: 1 }], 'deflate');
  const damaged = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => {
    const copy = Buffer.from(whole);
    copy[at] = byte;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), damaged), (bytes) => {
      try {
        parser.parse(bytes);
      } catch (error) {
        assert(error instanceof MillraceError && error.code === 'MR_CODEC', String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('a block that inflates beyond measure is refused', async () => {
  const whole = await containerOf([], 'deflate');
  const bomb = deflateRawSync(Buffer.alloc(300 * 1024 * 1024));
  const long = avsc.Type.forSchema('long');
  const sync = whole.subarray(-16);
  const bytes = [whole, long.toBuffer(1), long.toBuffer(bomb.length), bomb, sync];
  refuses(() => context.make(avro({})).parse(Buffer.concat(bytes)));
});

function bytesAsList(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('type' in value)) {
    return value instanceof Uint8Array ? [...value] : value;
  }
  return value.type === 'Buffer' && 'data' in value ? value.data : value;
}

test('decodes a container that comes as a stream of bytes', async () => {
  const records = Array.from({ length: 100 }, (_, n) => ({ message: '\n', n, at: n / 2 }));
  const bytes = await containerOf(records, 'deflate');
  const stream = avro.stream({});
  for (const byte of bytes) stream.write(Buffer.of(byte));
  stream.end();
  const decoded: unknown[] = [];
  for await (const batch of stream) for (const { record } of batch) decoded.push(record);
  assert.deepEqual(decoded, records);
});
