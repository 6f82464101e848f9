import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findFluentdChunks } from '../../../../lib/buffer/fluentd/find_chunks.ts';
import type { ImportedChunk, ImportWish } from '../../../../lib/buffer/fluentd/import_chunk.ts';
import { importChunks } from '../../../../lib/buffer/fluentd/import_chunks.ts';
import { ImportTarget } from '../../../../lib/buffer/fluentd/import_target.ts';
import { FileStore } from '../../../../lib/buffer/store/file_store.ts';
import { type FileSystem, realFiles } from '../../../../lib/buffer/store/file_system.ts';
import { decodeEntries } from '../../../../lib/codec/entry_codec.ts';
import { silentLog } from '../../../../lib/log.ts';
import { MetricRegistry } from '../../../../lib/metric/metric.ts';
import { TestClock } from '../../../../lib/testing/test_clock.ts';

/** How an import under test is done. */
export interface ImportTry {
  readonly wish?: Partial<ImportWish>;
  readonly deletes?: boolean;
  readonly files?: FileSystem;
}

/** Imports what lies in `from`, and gives what was told of each chunk. */
export async function importAll(
  from: string,
  folder: string,
  { deletes = false, files = realFiles, wish = {} }: ImportTry = {},
): Promise<ImportedChunk[]> {
  const told: ImportedChunk[] = [];
  const target = await ImportTarget.open({ ...usual(), files, folder });
  try {
    await importChunks({
      source: findFluentdChunks(from),
      target,
      wish: { tag: undefined, kind: undefined, field: undefined, ...wish },
      deletes,
      files,
      onChunk: (done) => void told.push(done),
    });
  } finally {
    await target.close();
  }
  return told;
}

/** A disk that fails for good at the call of this number, as if the process had ended there. */
export function endingAt(call: number): {
  readonly files: FileSystem;
  readonly calls: () => number;
} {
  let calls = 0;
  const files = new Proxy(realFiles, {
    get(target, name, receiver) {
      const own: unknown = Reflect.get(target, name, receiver);
      if (typeof own !== 'function') return own;
      return (...words: unknown[]) => {
        calls += 1;
        if (calls >= call) throw new Error('the process has ended');
        return Reflect.apply(own, target, words);
      };
    },
  });
  return { files, calls: () => calls };
}

/** What a process leaves that ended without closing the buffer, except that nobody has its lock. */
export function unlock(folder: string): void {
  rmSync(join(folder, 'lock'), { force: true });
}

/** A chunk in the buffer. */
export interface SeenChunk {
  readonly tag: string;
  readonly key: unknown;
  readonly createdMs: number;
  readonly count: number;
  /** Field `n` of its entries, or its text. */
  readonly content: unknown;
}

/** What is in the buffer, as its output would find it; deletes it then if it is delivered. */
export async function readBuffer(folder: string, isDelivered = false): Promise<SeenChunk[]> {
  const { store, found } = await FileStore.open({
    ...usual(),
    files: realFiles,
    folder,
    durability: 'fsync',
    filePermission: 0o644,
    folderPermission: 0o755,
    outputId: 'out',
    metrics: new MetricRegistry(),
    listener: { onSnapshot() {}, onOrigin() {}, onCutBack() {} },
  });
  const seen: SeenChunk[] = [];
  const staged = found.staged.map(({ chunk }) => chunk);
  for (const chunk of staged) store.seal(chunk);
  for (const chunk of [...found.queued, ...staged].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const head = await store.prepare(chunk);
    if (head === undefined) continue;
    const pieces: Uint8Array[] = [];
    for await (const { bytes } of store.pieces(chunk)) pieces.push(bytes);
    const bytes = Buffer.concat(pieces);
    const content = head.isFormatted
      ? bytes.toString()
      : decodeEntries(bytes).map(({ record }) => record['n']);
    const { createdMs, key, tag } = head;
    seen.push({ tag, key, createdMs, count: chunk.count, content });
    if (isDelivered) await store.purge(chunk);
  }
  await store.close();
  return seen;
}

function usual() {
  return { clock: new TestClock(), log: silentLog, random: Math.random };
}
