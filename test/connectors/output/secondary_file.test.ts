import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import secondaryFile from '../../../connectors/output/secondary_file.ts';
import { decodeEntries, encodeEntries } from '../../../lib/codec/entry_codec.ts';
import type { Entry } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { Output } from '../../../lib/plugin/contract.ts';
import { outputLaws } from '../../../lib/testing/laws/output_laws.ts';
import { type TestChunkParticulars, testChunk } from '../../../lib/testing/test_chunk.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

let lawfulFolder = '';
outputLaws(
  secondaryFile,
  () => {
    lawfulFolder = mkdtempSync(join(tmpdir(), 'out-secondary-'));
    return { directory: lawfulFolder };
  },
  {
    test,
    arrived: () => readdirSync(lawfulFolder).length,
    unreachable: { directory: '/dev/null/out' },
    cleanUp: () => rmSync(lawfulFolder, { recursive: true, force: true }),
  },
);

type Given = Parameters<typeof secondaryFile>[0];

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'out-secondary-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function outputOf(given: Given, stateFolder?: string): Output {
  const call = secondaryFile(given);
  return call.plugin.create(call.options, testContext({ stateFolder }));
}

async function write(
  output: Output,
  id: string,
  entries: readonly Entry[],
  more: TestChunkParticulars = {},
): Promise<void> {
  await output.write(testChunk({ id, entries, ...more }), new AbortController().signal);
}

const entries = [1, 2].map((n) => ({ time: new EventTime(1_709_610_300, n), record: { n } }));

test('a file holds the packed entries of its chunk, and ends with an index', async (context) => {
  const directory = join(temporaryFolder(context), 'made', 'on demand');
  const output = outputOf({ directory });
  await write(output, 'a', entries);
  await write(output, 'b', entries.slice(1));
  assert.deepEqual(readdirSync(directory).sort(), ['dump.bin.0', 'dump.bin.1']);
  const [first, second] = ['dump.bin.0', 'dump.bin.1'].map((name) =>
    readFileSync(join(directory, name)),
  );
  assert.deepEqual(first, Buffer.from(encodeEntries(entries)));
  assert.deepEqual(decodeEntries(second ?? Buffer.of()), entries.slice(1));
});

test('with `append` chunks of one name lie in one file, each a gzip member if compressed', async (context) => {
  const directory = temporaryFolder(context);
  for (const compress of ['text', 'gzip'] as const) {
    const output = outputOf({ directory, append: true, compress });
    for (const id of ['a', 'b']) await write(output, id, entries);
  }
  assert.deepEqual(readdirSync(directory).sort(), ['dump.bin', 'dump.bin.gz']);
  const plain = readFileSync(join(directory, 'dump.bin'));
  assert.deepEqual(decodeEntries(plain), [...entries, ...entries]);
  assert.deepEqual(gunzipSync(readFileSync(join(directory, 'dump.bin.gz'))), plain);
});

test('compressed files of their own end with index and `.gz`', async (context) => {
  const directory = temporaryFolder(context);
  await write(outputOf({ directory, compress: 'gzip' }), 'a', entries);
  assert.deepEqual(readdirSync(directory), ['dump.bin.0.gz']);
});

test('placeholders in folder and name are filled in from the chunk', async (context) => {
  const directory = temporaryFolder(context);
  const output = outputOf({ directory: join(directory, '${tag}'), basename: 'dump.${chunk_id}' });
  await write(output, 'abc', entries, {
    expand: (template) => template.replace('${tag}', 'app.web').replace('${chunk_id}', 'abc'),
  });
  assert.deepEqual(readdirSync(join(directory, 'app.web')), ['dump.abc.0']);
});

test('a chunk that was written and not purged before a kill is not written again', async (context) => {
  const directory = temporaryFolder(context);
  const stateFolder = temporaryFolder(context);
  for (const append of [true, false]) {
    const killed = outputOf({ directory, append }, stateFolder);
    await killed.open?.(new AbortController().signal);
    await write(killed, `chunk ${append}`, entries);
    const next = outputOf({ directory, append }, stateFolder);
    await next.open?.(new AbortController().signal);
    await write(next, `chunk ${append}`, entries);
    for (const output of [killed, next]) await output.close?.();
  }
  assert.deepEqual(readdirSync(directory).sort(), ['dump.bin', 'dump.bin.0']);
  assert.deepEqual(decodeEntries(readFileSync(join(directory, 'dump.bin'))), entries);
});
