import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { MillraceError, Unrecoverable } from '../../../lib/error.ts';
import { type EventRecord, Float, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { Formatter } from '../../../lib/plugin/contract.ts';
import { event } from '../../../lib/testing/event.ts';
import { formatterLaws } from '../../../lib/testing/laws/formatter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import avro from '../../../operators/formatter/avro.ts';
import parseAvro from '../../../operators/parser/avro.ts';
import { temporaryFolder } from '../../lib/file/write_case.ts';
import { everyKind, everyRecord } from './avro_case.ts';

formatterLaws(avro, { schema: everyKind }, { test, samples: [event('app', everyRecord)] });

const parser = testContext().make(parseAvro({}));

/** Formats records, as chunks of so many, into a file. */
async function fileOf(formatter: Formatter, chunks: readonly (readonly EventRecord[])[]) {
  const { container } = formatter;
  assert(container !== undefined);
  const parts: Uint8Array[] = [container.head];
  for (const records of chunks) {
    const entries = records.map((record) => format(formatter, record));
    for await (const part of container.pack(piecesOf(entries))) parts.push(part);
  }
  return Buffer.concat(parts);
}

function format(formatter: Formatter, record: EventRecord): Uint8Array {
  const bytes = formatter({ time: new EventTime(1, 0), record }, 'app');
  assert(typeof bytes !== 'string');
  return bytes;
}

async function* piecesOf(pieces: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  // Pieces end between entries, wherever that is.
  for (let at = 0; at < pieces.length; at += 7) yield Buffer.concat(pieces.slice(at, at + 7));
}

function make(schema: object, codec: 'null' | 'deflate' = 'null'): Formatter {
  return testContext().make(avro({ schema, codec }));
}

function recordOf(fields: readonly object[]): object {
  return { type: 'record', name: 'R', fields };
}

test('several chunks and a head are a file that reads back, with both codecs', async () => {
  const chunks = [20, 1, 3000].map((count, chunk) =>
    Array.from({ length: count }, (_, index) => ({ ...everyRecord, small: index, real: chunk })),
  );
  for (const codec of ['null', 'deflate'] as const) {
    const file = await fileOf(make(everyKind, codec), chunks);
    assert.deepEqual(
      parser.parse(file)?.map((entry) => entry?.record),
      chunks.flat(),
    );
  }
});

test('the same schema gives the same head, another one or another codec another head', () => {
  const head = (...given: Parameters<typeof make>) => make(...given).container?.head;
  assert.deepEqual(head(everyKind), head(structuredClone(everyKind)));
  assert.notDeepEqual(head(everyKind), head({ ...everyKind, doc: 'Another.' }));
  assert.notDeepEqual(head(everyKind), head(everyKind, 'deflate'));
});

test('the schema may be a text, or lie in a file', (context) => {
  const path = join(temporaryFolder(context), 'every.avsc');
  writeFileSync(path, JSON.stringify(everyKind, undefined, 2));
  const { head } = make(everyKind).container ?? {};
  const made = [{ schema: JSON.stringify(everyKind) }, { schemaFile: path }] as const;
  for (const options of made) {
    assert.deepEqual(testContext().make(avro(options)).container?.head, head);
  }
});

test('a missing field gets its default or null, an unknown one is left out', async () => {
  const formatter = make(
    recordOf([
      { name: 'a', type: 'long', default: 5 },
      { name: 'b', type: ['null', 'string'] },
      { name: 'constructor', type: ['string', 'null'], default: 'x' },
    ]),
  );
  const file = await fileOf(formatter, [[{ c: 1 }, { a: 6, b: 'y', constructor: null }]]);
  assert.deepEqual(
    parser.parse(file)?.map((entry) => entry?.record),
    [
      { a: 5, b: null, constructor: 'x' },
      { a: 6, b: 'y', constructor: null },
    ],
  );
});

test('of a union the branch is taken that says the value most exactly', async () => {
  const type = ['null', 'bytes', 'double', 'long', 'string', { type: 'map', values: 'int' }];
  const formatter = make(recordOf([{ name: 'v', type }]));
  const values = [null, 1, 2n ** 62n + 1n, 0.5, 'text', new Uint8Array([1]), { a: 1 }];
  const file = await fileOf(formatter, [values.map((v) => ({ v }))]);
  assert.deepEqual(
    parser.parse(file)?.map((entry) => entry?.record['v']),
    values,
  );
  // The third branch: eight bytes of a double.
  assert.equal(Buffer.from(format(formatter, { v: new Float(1) })).readDoubleLE(3), 1);
});

test('a record that does not fit is refused, and the field is named', () => {
  const formatter = make(everyKind);
  const refused: readonly (readonly [EventRecord, RegExp])[] = [
    [{ small: 2 ** 31 }, /field `small` does not fit .* expected int, got 2147483648/],
    [{ wide: 2n ** 63n }, /`wide` .* expected long/],
    [{ wide: 0.5 }, /`wide` .* expected long, got 0.5/],
    [{ real: 2n ** 60n + 1n }, /`real` .* expected double/],
    [{ text: 5 }, /`text` .* expected string, got 5/],
    [{ text: new RawString(Buffer.from([0xff])) }, /`text` .* got a text that is not UTF-8/],
    [{ four: new Uint8Array(3) }, /`four` .* expected 4 bytes, got 3 bytes/],
    [{ level: 'middle' }, /`level` .* expected one of low, high, got the text `middle`/],
    [{ list: [1, 'x'] }, /`list\[1\]` .* expected null or long/],
    [{ map: { a: 'x' } }, /`map\.a` .* expected double/],
    [{ inner: { ...everyRecord, flag: null } }, /`inner\.flag` .* expected boolean, got null/],
    [{ inner: {} }, /`inner\.flag` .* it is missing/],
  ];
  for (const [wrong, reason] of refused) {
    assert.throws(
      () => format(formatter, { ...everyRecord, ...wrong }),
      (error) =>
        error instanceof MillraceError && error.code === 'MR_CODEC' && reason.test(error.message),
      String(reason),
    );
  }
});

test('times fit as seconds, bytes that are no text as bytes', async () => {
  const formatter = make(
    recordOf([
      { name: 'whole', type: 'long' },
      { name: 'exact', type: 'double' },
      { name: 'raw', type: 'bytes' },
    ]),
  );
  const time = new EventTime(5, 500_000_000);
  const raw = new RawString(new Uint8Array([0x61, 0xff]));
  const file = await fileOf(formatter, [[{ whole: time, exact: time, raw }]]);
  assert.deepEqual(parser.parse(file)?.[0]?.record, { whole: 5, exact: 5.5, raw: raw.bytes });
});

test('a chunk that was written by another schema or format is never mixed in', async () => {
  const other = make(recordOf([{ name: 'a', type: 'long' }]));
  const { container } = make(everyKind);
  for (const piece of [format(other, { a: 1 }), Buffer.from('{"a":1}\n')]) {
    await assert.rejects(async () => {
      for await (const _ of container?.pack(piecesOf([piece])) ?? []);
    }, Unrecoverable);
  }
});

test('refuses to be made without a schema, with two, and with what is none', () => {
  const wrong = [
    {},
    { schema: everyKind, schemaFile: 'every.avsc' },
    { schemaFile: '/no/such/file.avsc' },
    { schema: '{' },
    { schema: '"string"' },
    { schema: { type: 'record', fields: [] } },
    { schema: recordOf([{ name: 'a', type: 'unknown' }]) },
    { schema: recordOf([{ name: 'a', type: 'int', default: 'x' }]) },
  ];
  for (const options of wrong) {
    assert.throws(
      () => testContext().make(avro(options)),
      (error) => error instanceof MillraceError && error.code === 'MR_OPTION',
      JSON.stringify(options),
    );
  }
});
