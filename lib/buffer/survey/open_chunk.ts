import { join } from 'node:path';
import { systemCode, toError } from '../../error.ts';
import { seedOf } from '../store/chunk_id.ts';
import { type FileState, fileNameOf } from '../store/file_chunk.ts';
import type { ReadingFiles } from '../store/file_system.ts';
import type { NamedChunk } from './folder.ts';

/** A chunk file that is open for reading; it can be read on when its name is gone. */
export interface OpenedChunk {
  readonly id: string;
  /** By the name that it was opened under. */
  readonly state: FileState;
  readonly path: string;
  readonly file: number;
  /** Its length when it was opened. */
  readonly size: number;
  readonly seed: number;
}

/** What became of a chunk that a folder's survey names. */
export type SeenChunk<T> =
  | { readonly chunk: NamedChunk; readonly path: string; readonly seen: T }
  | { readonly chunk: NamedChunk; readonly path: string; readonly error: Error };

/** So often, others get their turn. */
const filesInOneGo = 200;

/**
 * Opens a chunk file of a folder whose process may live: undefined when the chunk was delivered or dropped
 * meanwhile. Whoever opens it closes `file`. @throws the system's error when it cannot be opened
 */
export function openChunk(
  files: ReadingFiles,
  folder: string,
  { id, state }: NamedChunk,
): OpenedChunk | undefined {
  const path = join(folder, fileNameOf(id, state));
  let file: number;
  try {
    file = files.open(path, 'read');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    // Chunks go one way.
    return state === 'staged' ? openChunk(files, folder, { id, state: 'queued' }) : undefined;
  }
  try {
    return { id, state, path, file, size: files.sizeOf(file), seed: seedOf(id) };
  } catch (error) {
    files.close(file);
    throw error;
  }
}

/**
 * Lets `look` see one chunk after the other; those that are gone meanwhile are passed over. Each is open until the
 * next one is asked for.
 */
export async function* eachChunk<T>(
  files: ReadingFiles,
  folder: string,
  chunks: Iterable<NamedChunk>,
  look: (opened: OpenedChunk) => T | Promise<T>,
): AsyncGenerator<SeenChunk<T>, void, undefined> {
  let count = 0;
  let last = '';
  for (const chunk of chunks) {
    count += 1;
    if (count % filesInOneGo === 0) await new Promise(setImmediate);
    const path = join(folder, fileNameOf(chunk.id, chunk.state));
    let opened: OpenedChunk | undefined;
    try {
      opened = openChunk(files, folder, chunk);
      // It had two files, and one of them is gone.
      if (opened === undefined || opened.path === last) continue;
      last = opened.path;
      const seen = await look(opened);
      yield { chunk: { id: opened.id, state: opened.state }, path: opened.path, seen };
    } catch (thrown) {
      yield { chunk, path, error: toError(thrown) };
    } finally {
      if (opened !== undefined) files.close(opened.file);
    }
  }
}
