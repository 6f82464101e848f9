import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import test, { type TestContext } from 'node:test';
import sample from '../../../connectors/input/sample.ts';
import tail from '../../../connectors/input/tail.ts';
import file from '../../../connectors/output/file.ts';
import stdout from '../../../connectors/output/stdout.ts';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import { MillraceError } from '../../../lib/error.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import type { Entry } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { Receipt } from '../../../lib/plugin/contract.ts';
import {
  defineFilter,
  defineInput,
  defineOperator,
  defineOutput,
} from '../../../lib/plugin/define.ts';
import { decode, encode } from '../../../lib/plugin/stream_of.ts';
import grep from '../../../operators/filter/grep.ts';
import avroFormat from '../../../operators/formatter/avro.ts';
import jsonFormat from '../../../operators/formatter/json.ts';
import avro from '../../../operators/parser/avro.ts';
import json from '../../../operators/parser/json.ts';
import msgpack from '../../../operators/parser/msgpack.ts';
import copy from '../../../operators/route/copy.ts';

function tempFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'by-hand-'));
  test.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Gives the batches and ends. */
function giving(batches: readonly EventBatch[], onGiven: () => void = () => {}) {
  return defineInput({
    type: 'giving',
    doc: 'For tests.',
    options: {},
    create: () => ({
      async run(emit) {
        for (const batch of batches) await emit(batch);
        onGiven();
      },
    }),
  });
}

function batchOf(tag: string, ...records: readonly Entry['record'][]): EventBatch {
  return entriesBatch(
    tag,
    records.map((record) => ({ time: new EventTime(1, 2), record })),
  );
}

const isAcked = (batch: EventBatch): boolean | undefined => batch.delivery.outcome?.ok;

/** Collects what is written to it as one text. */
function collecting(): { readonly sink: Writable; text(): string } {
  const pieces: Buffer[] = [];
  const sink = new Writable({
    write(bytes: Buffer, _encoding, done) {
      pieces.push(bytes);
      done();
    },
  });
  return { sink, text: () => Buffer.concat(pieces).toString() };
}

async function rejectionOf(promise: Promise<unknown>): Promise<MillraceError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert(thrown instanceof MillraceError, String(thrown));
  return thrown;
}

test('an input, a filter and an output are wired by hand, defaults and all', async (t) => {
  const folder = tempFolder(t);
  const log = join(folder, 'app.log');
  writeFileSync(log, '{"level":"info","n":1}\n{"level":"debug","n":2}\n{"level":"info","n":3}\n');
  const stop = new AbortController();
  const receipts: Receipt[] = [];
  const running = pipeline(
    tail.stream(
      { path: log, tag: 'app', readFromHead: true, parse: json() },
      { signal: stop.signal },
    ),
    grep.stream({ regexp: [{ key: 'level', pattern: /info/ }] }),
    file.stream(
      { path: join(folder, 'out'), append: true, format: jsonFormat() },
      { buffer: { flushMode: 'immediate', chunkKeys: [] } },
    ),
    async (given: AsyncIterable<Receipt>) => {
      for await (const receipt of given) {
        receipts.push(receipt);
        if (receipts.length === 1) appendFileSync(log, '{"level":"info","n":4}\n');
        else stop.abort();
      }
    },
  );
  await running;
  const [name = ''] = readdirSync(folder).filter(
    (each) => each.startsWith('out.') && each.endsWith('.log'),
  );
  assert.equal(
    readFileSync(join(folder, name), 'utf8'),
    '{"level":"info","n":1}\n{"level":"info","n":3}\n{"level":"info","n":4}\n',
  );
  assert.deepEqual(
    receipts.map(({ outputId, count, attempts }) => ({ outputId, count, attempts })),
    [
      { outputId: 'output_file', count: 2, attempts: 1 },
      { outputId: 'output_file', count: 1, attempts: 1 },
    ],
  );
});

test('any byte stream is a source, and any writable a sink', async () => {
  const { sink, text } = collecting();
  const bytes = Readable.from([Buffer.from('{"a":1}\n{"a"'), Buffer.from(':2}\n{"a":3}')]);
  await pipeline(bytes, decode(json(), { tag: 'x' }), encode(jsonFormat()), sink);
  assert.equal(text(), '{"a":1}\n{"a":2}\n{"a":3}\n');
});

test('a parser and a formatter have streams too', async () => {
  const { sink, text } = collecting();
  await pipeline(
    Readable.from([Buffer.from('{"a":1}\n')]),
    json.stream(),
    jsonFormat.stream(),
    sink,
  );
  assert.equal(text(), '{"a":1}\n');
});

test('a parser that does not read lines says how bytes are cut', async () => {
  const { sink, text } = collecting();
  const packed = Buffer.from([0x81, 0xa1, 0x0a, 0x01, 0x81, 0xa1, 0x0a, 0x02]);
  const bytes = Readable.from([...packed].map((byte) => Buffer.from([byte])));
  await pipeline(bytes, decode(msgpack()), encode(jsonFormat()), sink);
  assert.equal(text(), '{"\\n":1}\n{"\\n":2}\n');
});

test('a formatter whose files begin with a head writes whole files, which are read again', async () => {
  const schema = { type: 'record', name: 'R', fields: [{ name: 'n', type: 'int' }] };
  for (const codec of ['null', 'deflate'] as const) {
    const pieces: Buffer[] = [];
    const keep = async (source: AsyncIterable<Buffer>): Promise<void> => {
      for await (const piece of source) pieces.push(piece);
    };
    const batches = [batchOf('a', { n: 1 }, { n: 2 }), batchOf('b', { n: 3 })];
    await pipeline(Readable.from(batches), encode(avroFormat({ schema, codec })), keep);
    assert(batches.every(isAcked));

    const { sink, text } = collecting();
    const bytes = Readable.from([...Buffer.concat(pieces)].map((byte) => Buffer.from([byte])));
    await pipeline(bytes, decode(avro()), encode(jsonFormat()), sink);
    assert.equal(text(), '{"n":1}\n{"n":2}\n{"n":3}\n');
  }
});

test('a file of no events has its head', async () => {
  const schema = { type: 'record', name: 'R', fields: [] };
  const { sink, text } = collecting();
  await pipeline(Readable.from([]), encode(avroFormat({ schema })), sink);
  assert.match(text(), /^Obj\x01/);
});

test('a stream of bytes that ends within a value fails, behind what was whole', async () => {
  const { sink, text } = collecting();
  const bytes = Readable.from([Buffer.from([0x81, 0xa1, 0x61, 0x01]), Buffer.from([0x81, 0xa1])]);
  const error = await rejectionOf(pipeline(bytes, decode(msgpack()), encode(jsonFormat()), sink));
  assert.match(error.message, /ends within a MessagePack value, 2 bytes into it/);
  assert.equal(text(), '{"a":1}\n');
});

test('the tag of decoded events is the parser’s type unless it is given', async () => {
  const tags: string[] = [];
  for (const settings of [{}, { tag: 'mine' }]) {
    const decoded = Readable.from([Buffer.from('{"a":1}\n')]).pipe(decode(json(), settings));
    for await (const batch of decoded) tags.push(batch.tag);
  }
  assert.deepEqual(tags, ['json', 'mine']);
});

test('an event that cannot be processed fails its stream, and its batch is not acknowledged', async () => {
  const picky = defineFilter({
    type: 'picky',
    doc: 'For tests.',
    options: {},
    create: () => () => {
      throw new RangeError('not this one');
    },
  });
  const batch = batchOf('a.b', { n: 1 });
  const error = await rejectionOf(
    pipeline(
      giving([batch]).stream(),
      picky.stream({}, { id: 'p' }),
      encode(jsonFormat()),
      collecting().sink,
    ),
  );
  assert.match(error.message, /`p`: an event of `a\.b` cannot be processed: not this one/);
  assert(error.cause instanceof RangeError);
  assert.equal(isAcked(batch), false);
});

test('with `onError`, events that cannot be processed go there and the rest goes on', async () => {
  const { sink, text } = collecting();
  const refused: unknown[] = [];
  const onError = (tag: string, { record }: Entry, cause: Error): void => {
    refused.push([tag, record, cause.message]);
  };
  const bytes = Readable.from([Buffer.from('{"a":1}\nnonsense\n{"a":2}\n')]);
  await pipeline(bytes, decode(json(), { onError }), encode(jsonFormat()), sink);
  assert.deepEqual(refused, [['json', { message: 'nonsense' }, 'the text does not match']]);
  assert.equal(text(), '{"a":1}\n{"a":2}\n');
});

test('an operator by hand takes batches and gives others', async () => {
  const twice = defineOperator({
    type: 'twice',
    doc: 'For tests.',
    options: {},
    create: () =>
      async function* (source) {
        for await (const batch of source) yield batch.with([...batch, ...batch]);
      },
  });
  const { sink, text } = collecting();
  await pipeline(
    giving([batchOf('a', { n: 1 })]).stream(),
    twice.stream(),
    encode(jsonFormat()),
    sink,
  );
  assert.equal(text(), '{"n":1}\n{"n":1}\n');
});

test('an output without a buffer writes each batch at once and acknowledges it', async () => {
  const printed: string[] = [];
  const batches = [batchOf('a', { n: 1 }), batchOf('a', { n: 2 })];
  await pipeline(
    giving(batches).stream(),
    stdout.stream(
      { format: jsonFormat() },
      {
        print(text) {
          printed.push(text.toString());
          return undefined;
        },
      },
    ),
  );
  assert.deepEqual(printed, ['{"n":1}\n', '{"n":2}\n']);
  assert.deepEqual(batches.map(isAcked), [true, true]);
});

test('what an output without a buffer refuses for ever fails its stream', async () => {
  const refusing = defineOutput({
    type: 'refusing',
    doc: 'For tests.',
    options: {},
    buffer: { store: 'none' },
    create: () => ({
      format() {
        throw new TypeError('has no form');
      },
      async write() {},
    }),
  });
  const batch = batchOf('a', { n: 1 });
  const error = await rejectionOf(pipeline(giving([batch]).stream(), refusing.stream()));
  assert.match(error.message, /`output_refusing`: .* has no form/);
  assert.equal(isAcked(batch), false);
});

test('destroying one stream nacks whatever its input gave, wherever it lies', async () => {
  const batches = Array.from({ length: 10 }, (_, n) => batchOf('a', { n }));
  const stuck = new Writable({ objectMode: true, write() {} });
  let running: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve) => {
    running = pipeline(giving(batches, resolve).stream(), stuck);
  });
  stuck.destroy(new Error('gone'));
  await assert.rejects(running, /gone/);
  assert(batches.every((batch) => isAcked(batch) === false));
});

test('an input ends its stream when its signal is aborted, and nothing is cut off', async () => {
  const stop = new AbortController();
  const seen: unknown[] = [];
  for await (const batch of sample.stream({ tag: 's', rate: 1000 }, { signal: stop.signal })) {
    seen.push(batch.tag);
    batch.delivery.ack();
    if (seen.length === 3) stop.abort();
  }
  assert(seen.length >= 3);
});

test('wrong options are refused at once, wrong settings of a buffer when the stream is used', async () => {
  const given: object = { pathh: '/a', tag: 'a', parse: json() };
  // As somebody without a compiler would give them.
  const options = given as { path: string; tag: string; parse: ReturnType<typeof json> };
  assert.throws(() => tail.stream(options), /`pathh` is not an option/);
  const stream = file.stream({ path: '/tmp/${k}' }, { buffer: { chunkKeys: ['tag'] } });
  const error = await rejectionOf(pipeline(giving([batchOf('a', { n: 1 })]).stream(), stream));
  assert.match(error.message, /k/);
});

test('a route is no stream, and says what to use instead', () => {
  assert.throws(
    () => copy.stream(),
    (error) => error instanceof MillraceError && /pipeline/.test(error.hint ?? ''),
  );
});

test('a plugin that cannot be made fails its stream with its id', async () => {
  const cause = new Error('no licence');
  const create = (): never => {
    throw cause;
  };
  const filter = defineFilter({ type: 'mine', doc: 'For tests.', options: {}, create });
  const output = defineOutput({ type: 'mine', doc: 'For tests.', options: {}, create });
  for (const stream of [filter.stream({}, { id: 'it' }), output.stream({}, { id: 'it' })]) {
    const error = await rejectionOf(pipeline(Readable.from([batchOf('a', { n: 1 })]), stream));
    assert.deepEqual(
      [error.code, error.message, error.cause],
      ['MR_PLUGIN', '`it`: no licence', cause],
    );
  }
});

test('a secondary by hand has an id and a folder of its own, beside the same buffer', async (t) => {
  const seen: (readonly [string, string | undefined])[] = [];
  const noting = defineOutput({
    type: 'noting',
    doc: 'For tests.',
    options: {},
    create: (_options, { id, stateFolder }) => {
      seen.push([id, stateFolder]);
      return { async write() {} };
    },
  });
  const path = join(tempFolder(t), 'buffer');
  const settings = { id: 'o', buffer: { type: 'file', path }, secondary: noting() } as const;
  await pipeline(giving([batchOf('a', { n: 1 })]).stream(), noting.stream({}, settings));
  assert.deepEqual(seen, [
    ['o', join(path, 'state')],
    ['o.secondary', join(path, 'state', 'secondary')],
  ]);
});

test('a plugin by hand that cannot be made says its id, as a field and in the message', async () => {
  const unmakeable = defineOutput({
    type: 'unmakeable',
    doc: 'For tests.',
    options: {},
    create: () => {
      throw new RangeError('no');
    },
  });
  const error = await rejectionOf(
    pipeline(giving([batchOf('a', { n: 1 })]).stream(), unmakeable.stream({}, { id: 'u' })),
  );
  assert.deepEqual([error.code, error.pluginId, error.message], ['MR_PLUGIN', 'u', '`u`: no']);
});
