import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { StoredChunk } from '../../../../lib/buffer/store/chunk_store.ts';
import type { FileStore } from '../../../../lib/buffer/store/file_store.ts';
import { realFiles } from '../../../../lib/buffer/store/file_system.ts';
import { runCommandLine } from '../../../../lib/cli/command_line.ts';
import { encodeEntries } from '../../../../lib/codec/entry_codec.ts';
import type { EventRecord, EventValue } from '../../../../lib/event/entry.ts';
import { EventTime } from '../../../../lib/event/time.ts';
import { emptyDisk, openStore, originAt } from '../../buffer/store/store_rig.ts';
import { testTerminal } from '../test_terminal.ts';

/** When the chunks of the tests were begun. */
export const createdMs = Date.UTC(2024, 2, 5, 3, 45);

/** A chunk to be made: of records, a frame each, or of texts that a `format` made. */
export interface ChunkRecipe {
  readonly tag?: string;
  readonly timekey?: number;
  readonly variables?: Readonly<Record<string, EventValue>>;
  readonly records?: readonly EventRecord[];
  readonly formatted?: readonly (string | Uint8Array)[];
  readonly isCompressed?: boolean;
  readonly isStaged?: boolean;
}

/** A folder that goes when the test ends. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-buffer-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store on the disk, which is in use until it is closed. */
export async function storeIn(folder: string): Promise<FileStore> {
  const { store } = await openStore(emptyDisk(), { files: realFiles, folder, durability: 'os' });
  return store;
}

/** Puts a chunk into a store. */
export function addChunk(store: FileStore, recipe: ChunkRecipe): StoredChunk {
  const { formatted, isCompressed = false, records = [], tag = 'app', timekey } = recipe;
  const chunk = store.begin({
    ...{ createdMs, tag, isFormatted: formatted !== undefined },
    key: { tag, timekey, variables: new Map(Object.entries(recipe.variables ?? {})) },
  });
  const contents = formatted?.map((each) => Buffer.from(each)) ?? records.map(packed);
  for (const [n, content] of contents.entries()) {
    store.append(chunk, {
      ...{ count: 1, isCompressed, origin: originAt(n), onStored() {} },
      content: isCompressed ? gzipSync(content) : content,
    });
  }
  if (recipe.isStaged !== true) store.seal(chunk);
  return chunk;
}

/** A folder with these chunks, which its process has left. */
export async function bufferWith(
  t: TestContext,
  recipes: readonly ChunkRecipe[],
): Promise<{ folder: string; paths: readonly string[] }> {
  const folder = join(temporaryFolder(t), 'buffer');
  const store = await storeIn(folder);
  for (const recipe of recipes) addChunk(store, recipe);
  await store.close();
  return { folder, paths: chunkPaths(folder) };
}

/** The chunk files of a folder, in order. */
export function chunkPaths(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => /\.(?:staged|queued)$/.test(name));
  return names.sort().map((name) => join(folder, name));
}

/** Changes the bytes of a file. */
export function damage(path: string, change: (bytes: Buffer) => Uint8Array | undefined): void {
  const bytes = readFileSync(path);
  writeFileSync(path, change(bytes) ?? bytes);
}

/** What a command line came to. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Standard output as lines of JSON. */
  readonly lines: () => readonly ReturnType<typeof JSON.parse>[];
}

/** Runs `millrace buffer` with these words. */
export async function runBuffer(...words: readonly string[]): Promise<Outcome> {
  const terminal = testTerminal();
  const code = await runCommandLine(['buffer', ...words], terminal);
  const out = terminal.outText();
  const lines = () =>
    out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  return { code, out, err: terminal.errText(), lines };
}

function packed(record: EventRecord, index: number): Uint8Array {
  return encodeEntries([{ time: new EventTime(createdMs / 1000, index + 1), record }]);
}
