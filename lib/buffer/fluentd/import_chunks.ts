import { dirname } from 'node:path';
import type { StoredChunk } from '../store/chunk_store.ts';
import type { FileSystem } from '../store/file_system.ts';
import { removeIfThere } from '../store/small_file.ts';
import type { FluentdBuffer, FluentdChunk } from './find_chunks.ts';
import { type ImportedChunk, type ImportWish, importChunk } from './import_chunk.ts';
import type { ImportTarget } from './import_target.ts';

/** What is imported, and how. */
export interface ImportJob {
  readonly source: FluentdBuffer;
  /** Undefined: nothing is changed, it is only told what would be. */
  readonly target: ImportTarget | undefined;
  readonly wish: ImportWish;
  /** Whether files are deleted once what they hold is safe in the target. */
  readonly deletes: boolean;
  readonly files: FileSystem;
  /** A chunk of so many bytes was read. */
  readonly onRead?: (bytes: number) => void;
  /** What became of it is sure. */
  readonly onChunk: (done: ImportedChunk) => void;
}

/** Until so much is settled together, what is deleted afterwards takes its room twice. */
const groupChunks = 256;
const groupBytes = 256 * 1024 * 1024;

/**
 * Imports the chunks of a Fluentd buffer, in order. It may be cut off anywhere and begun again: nothing is lost, and
 * what is in the target is not imported again. Resolves when all would survive a power cut.
 * @throws MR_BUFFER when the target cannot be written
 */
export async function importChunks(job: ImportJob): Promise<void> {
  const { deletes, files, onChunk, onRead, source, target, wish } = job;
  let group: { readonly chunk: FluentdChunk; readonly done: ImportedChunk }[] = [];
  let bytes = 0;
  const settle = async (): Promise<void> => {
    await target?.settle(group.map(({ done }) => done.stored).filter(isThere));
    for (const { chunk, done } of group) {
      if (deletes && target !== undefined && done.fate !== 'left') remove(files, chunk);
      onChunk(done);
    }
    group = [];
    bytes = 0;
  };
  for (const chunk of source.chunks) {
    group.push({ chunk, done: await importChunk(chunk, wish, files, target) });
    bytes += chunk.sizeBytes;
    onRead?.(chunk.sizeBytes);
    if (group.length >= groupChunks || bytes >= groupBytes) await settle();
  }
  await settle();
  if (!deletes || target === undefined) return;
  for (const path of source.orphanPaths) removeIfThere(files, path);
  const folders = new Set(
    [...source.chunks.map(({ path }) => path), ...source.orphanPaths].map(dirname),
  );
  for (const folder of folders) await files.syncFolder(folder);
}

/** First the chunk: one without metadata would pass for a chunk of an old Fluentd. */
function remove(files: FileSystem, { metaPath, path }: FluentdChunk): void {
  removeIfThere(files, path);
  if (metaPath !== undefined) removeIfThere(files, metaPath);
}

function isThere(stored: StoredChunk | undefined): stored is StoredChunk {
  return stored !== undefined;
}
