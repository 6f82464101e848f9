import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import test, { type TestContext } from 'node:test';
import sample from '../../../connectors/input/sample.ts';
import file from '../../../connectors/output/file.ts';
import nothing from '../../../connectors/output/null.ts';
import { createLog, type LogLine, silentLog } from '../../../lib/log.ts';
import { pipeline } from '../../../lib/process/embed.ts';
import single from '../../../operators/formatter/single_value.ts';
import highland from '../../../operators/transform/highland.ts';
import window from '../../../operators/transform/window.ts';
import { collected } from '../graph/plugins/collected.ts';
import gush from '../graph/plugins/input/gush.ts';
import keep from '../graph/plugins/output/keep.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-embed-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const numbers = (name: string): unknown[] =>
  (collected.get(name) ?? []).map(({ record }) => record['n']);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

test('a pipeline runs inside of a program and counts what went through', async (t) => {
  const running = await pipeline({ rootDir: folderFor(t) })
    .from(gush, { tag: 'embed.a', count: 10 })
    .filter('**', (await import('../../../operators/filter/grep.ts')).default, {
      exclude: [{ key: 'n', pattern: '^[01]$' }],
    })
    .match('embed.**', (m) => m.to(keep, { name: 'embed.a' }))
    .run({ log: silentLog });
  await running.finished;
  await running.flush();
  assert.deepEqual(numbers('embed.a'), upTo(10).slice(2));
  assert.deepEqual(running.stats(), {
    inputs: { input_gush: { events: 10, batches: 10 } },
    filters: { filter_grep: { droppedEvents: 2, failedEvents: 0 } },
    outputs: { output_keep: { deliveredEvents: 8 } },
    errorEvents: 0,
    unmatchedEvents: 0,
  });
  await running.stop();
});

test('flush resolves when what was accepted before lies where it should', async (t) => {
  const folder = folderFor(t);
  const running = await pipeline({ rootDir: folder })
    .from(gush, { tag: 'embed.flush', count: 20 })
    .match((m) =>
      m.to(
        file,
        { path: join(folder, 'out.${tag}'), append: true, format: single({ messageKey: 'n' }) },
        { buffer: { flushInterval: '1h', chunkKeys: ['tag'] } },
      ),
    )
    .run({ log: silentLog });
  t.after(() => running.stop());
  await running.finished;
  await running.flush();
  assert.equal(
    readFileSync(join(folder, 'out.embed.flush.log'), 'utf8'),
    `${upTo(20).join('\n')}\n`,
  );
});

test('flush waits for what user stages have not passed on yet', async (t) => {
  const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const running = await pipeline({ rootDir: folderFor(t) })
    .from(gush, { tag: 'embed.stages', count: 12 })
    .through(async function* (source) {
      for await (const batch of source) {
        await later();
        yield batch;
      }
    })
    .through(
      () =>
        new Transform({
          objectMode: true,
          transform(entry, _, done) {
            setImmediate(() => done(null, entry));
          },
        }),
    )
    .label('@ON', (l) =>
      l
        .through(highland((s) => s.map((entry) => entry)))
        .match((m) => m.to(keep, { name: 'embed.stages' })),
    )
    .match((m) => m.relabel('@ON'))
    .run({ log: silentLog });
  t.after(() => running.stop());
  await running.finished;
  await running.flush();
  assert.deepEqual(numbers('embed.stages'), upTo(12));
});

test('flush does not wait for a window that is open', async (t) => {
  const running = await pipeline({ rootDir: folderFor(t) })
    .from(gush, { tag: 'embed.window', count: 4 })
    .filter('**', window, { size: '1h', aggregate: [{ function: 'count' }] })
    .match((m) => m.to(keep, { name: 'embed.window' }))
    .run({ log: silentLog });
  await running.finished;
  await running.flush();
  assert.equal(collected.get('embed.window'), undefined);
  await running.stop();
  assert.deepEqual(
    collected.get('embed.window')?.map(({ record }) => record),
    [{ count: 4 }],
  );
});

test('a pipeline without inputs has finished when it is stopped', async (t) => {
  const running = await pipeline({ rootDir: folderFor(t) })
    .match((m) => m.to(nothing))
    .run({ log: silentLog });
  await running.stop();
  await running.finished;
});

test('what a function throws goes to @ERROR with its event, which it cannot change', async (t) => {
  const lines: LogLine[] = [];
  const running = await pipeline({ rootDir: folderFor(t) })
    .from(gush, { tag: 'embed.map', count: 6 })
    .as<{ n: number }>()
    .map(
      (entry) => {
        const { record } = entry;
        if (record.n === 1) throw new Error('one is wrong');
        if (record.n === 2) record.n = 1000;
        if (record.n === 3) return null;
        return { ...entry, record: { n: record.n, twice: record.n * 2 } };
      },
      { id: 'twice' },
    )
    .match((m) => m.to(keep, { name: 'embed.map' }))
    .onError((l) => l.match((m) => m.to(keep, { name: 'embed.map.error' })))
    .run({ log: createLog((line) => lines.push(line)) });
  await running.finished;
  await running.stop();
  assert.deepEqual(
    collected.get('embed.map')?.map(({ record }) => record),
    [
      { n: 0, twice: 0 },
      { n: 4, twice: 8 },
      { n: 5, twice: 10 },
    ],
  );
  assert.deepEqual(numbers('embed.map.error'), [1, 2]);
  const failures = lines.filter(({ fields }) => fields['plugin'] === 'twice');
  assert.deepEqual(
    failures.map(({ fields }) => (fields['error'] as Error).message.slice(0, 30)),
    ['one is wrong', 'Cannot assign to read only pro'],
  );
});

test('a function that gives no entry fails for its event alone', async (t) => {
  const results: { readonly [n: number]: unknown } = { 0: undefined, 1: 'x', 2: { record: {} } };
  const lines: LogLine[] = [];
  const running = await pipeline({ rootDir: folderFor(t) })
    .from(gush, { tag: 'embed.none', count: 4 })
    .as<{ n: number }>()
    .map((entry) => (entry.record.n in results ? (results[entry.record.n] as typeof entry) : entry))
    .match((m) => m.to(keep, { name: 'embed.none' }))
    .onError((l) => l.match((m) => m.to(nothing)))
    .run({ log: createLog((line) => lines.push(line)) });
  await running.finished;
  await running.stop();
  assert.deepEqual(numbers('embed.none'), [3]);
  assert.deepEqual(
    lines.map(({ fields }) => (fields['error'] as Error).message),
    [
      'user code gave nothing: a `return` is missing',
      'user code gave `x`',
      'user code gave an object that is no entry',
    ],
  );
});

test('records that do not fit a schema go to @ERROR with every reason', async (t) => {
  const lines: LogLine[] = [];
  const even = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value: unknown) => {
        const { n } = value as { readonly n: number };
        if (n % 2 === 0) return { value: { even: n } };
        return { issues: [{ message: 'is odd', path: ['n'] }, { message: 'is refused' }] };
      },
    },
  } as const;
  const running = await pipeline({ rootDir: folderFor(t) })
    .from(gush, { tag: 'embed.schema', count: 4 })
    .as(even)
    .map((entry) => ({ ...entry, record: { half: entry.record.even / 2 } }))
    .match((m) => m.to(keep, { name: 'embed.schema' }))
    .onError((l) => l.match((m) => m.to(keep, { name: 'embed.schema.error' })))
    .run({ log: createLog((line) => lines.push(line)) });
  await running.finished;
  await running.stop();
  assert.deepEqual(
    collected.get('embed.schema')?.map(({ record }) => record),
    [{ half: 0 }, { half: 1 }],
  );
  assert.deepEqual(numbers('embed.schema.error'), [1, 3]);
  const [first] = lines;
  assert.match(
    (first?.fields['error'] as Error).message,
    /does not fit its schema: `n`: is odd; is refused/,
  );
});

test('a signal stops a pipeline, and one that was aborted before lets none start', async (t) => {
  const stop = new AbortController();
  const endless = pipeline({ rootDir: folderFor(t) })
    .from(sample, { tag: 'embed.signal', rate: 1000 })
    .match((m) => m.to(keep, { name: 'embed.signal' }));
  const running = await endless.run({ log: silentLog, signal: stop.signal });
  stop.abort();
  await running.finished;
  await running.stop();
  await assert.rejects(endless.run({ log: silentLog, signal: stop.signal }), {
    name: 'AbortError',
  });
});

test('a signal does not hold a pipeline that has stopped', async (t) => {
  const { signal } = new AbortController();
  const running = await pipeline({ rootDir: folderFor(t) })
    .match((m) => m.to(nothing))
    .run({ log: silentLog, signal });
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  await running.stop();
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('leaving the block of `await using` stops the pipeline', async (t) => {
  const folder = folderFor(t);
  const running = await pipeline({ rootDir: folder })
    .from(sample, { tag: 'embed.using', rate: 1000 })
    .match((m) => m.to(keep, { name: 'embed.using' }))
    .run({ log: silentLog });
  await running[Symbol.asyncDispose]();
  await running.finished;
  assert.deepEqual(readdirSync(folder), []);
});
