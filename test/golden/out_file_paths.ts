import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ChunkKeys } from '../../lib/buffer/chunk_key.ts';
import type { BufferPlan } from '../../lib/buffer/options.ts';
import { checkTemplate, Templates } from '../../lib/buffer/placeholder.ts';
import { MillraceError } from '../../lib/error.ts';
import { silentLog } from '../../lib/log.ts';
import { Catalog } from '../../lib/plugin/catalog.ts';
import type { Output } from '../../lib/plugin/contract.ts';
import { chunkingOf } from '../../lib/plugin/read_buffer.ts';
import { testChunk } from '../../lib/testing/test_chunk.ts';
import { testContext } from '../../lib/testing/test_context.ts';
import type { GoldenCase } from './adaptor.ts';
import { type GoldenBuffer, planOfCase } from './buffer_case.ts';
import { readOptions } from './make_plugin.ts';

interface GoldenChunk {
  readonly tag?: string;
  readonly timekey?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

interface PathCase {
  readonly path: string;
  readonly config: Readonly<Record<string, string>>;
  readonly buffer?: GoldenBuffer;
  readonly chunks: readonly GoldenChunk[];
  readonly existing_files?: readonly string[];
  readonly chunk_id_hex: string;
}

/** Writes the chunks into real files: their paths and contents must be Fluentd's. */
export default async function outFilePaths(golden: GoldenCase): Promise<void> {
  // The forms of a suite are given by its README; there is nothing to check them by.
  const input = golden.in as unknown as PathCase;
  const base = mkdtempSync(join(tmpdir(), 'golden-'));
  try {
    if (golden.error === undefined) assert.deepEqual(await writeAll(input, base), wantedOf(golden));
    else await assert.rejects(writeAll(input, base), MillraceError);
  } finally {
    rmSync(base, { recursive: true });
  }
}

/** The index is no part of the template here: it goes between two. */
function wantedOf({ out }: GoldenCase): unknown {
  const wanted = out as { readonly template: string };
  return { ...wanted, template: wanted.template.replace('_**', '') };
}

async function writeAll(input: PathCase, base: string): Promise<unknown> {
  for (const name of input.existing_files ?? []) {
    mkdirSync(dirname(join(base, name)), { recursive: true });
    writeFileSync(join(base, name), 'old');
  }
  const plan = planOf(input.buffer);
  const { output, template } = await outputOf(input, base, plan);
  const templates = new Templates(new ChunkKeys(plan, 'UTC'), silentLog);
  const written: string[] = [];
  for (const { tag, timekey, variables = {} } of input.chunks) {
    const id = input.chunk_id_hex;
    const key = { tag, timekey, variables: new Map(Object.entries(variables)) };
    const expand = (text: string): string => templates.expand(text, id, key);
    const before = filesIn(base);
    const chunk = testChunk({ id, key, pieces: ['data\n'], expand });
    await output.write(chunk, new AbortController().signal);
    for (const [path, content] of filesIn(base))
      if (before.get(path) !== content) written.push(path);
  }
  const files = [...filesIn(base)].map(([path, content]) => ({ path, content }));
  return marked({ written, files, template }, base);
}

/** The output as a configuration would make it. @throws the first fault */
async function outputOf(input: PathCase, base: string, plan: BufferPlan) {
  const plugin = await new Catalog().load('output', 'file');
  const attrs = { ...input.config, path: input.path.replace('@BASE@', base) };
  const options = await readOptions(plugin.options, { attrs });
  const chunking = chunkingOf(plan);
  const [whole = ''] = plugin.templates?.(options, chunking) ?? [];
  const [fault] = checkTemplate(whole, plan);
  if (fault !== undefined) throw fault;
  const output: Output = testContext({ chunking }).make({ plugin, options });
  return { output, template: whole };
}

/** The buffer's plan, with what the output wants by itself. */
function planOf(
  buffer: GoldenBuffer = { arg: '', attrs: { timekey_use_utc: 'true' } },
): BufferPlan {
  const arg = buffer.arg === '' ? 'time' : buffer.arg === '[]' ? '' : buffer.arg;
  const isTimed = arg.split(',').includes('time');
  return planOfCase({ arg, attrs: { ...(isTimed && { timekey: '1d' }), ...buffer.attrs } });
}

function filesIn(base: string): Map<string, string> {
  const files = readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));
  return new Map(files.sort().map((path) => [path, contentOf(path)]));
}

function contentOf(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

function marked(value: object, base: string): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(base, '@BASE@'));
}
