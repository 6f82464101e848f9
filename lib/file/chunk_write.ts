import type { FileHandle } from 'node:fs/promises';
import { MillraceError, systemCode, toError } from '../error.ts';
import type { Permissions } from './open_file.ts';

/** A chunk on its way into a file. */
export interface ChunkWrite {
  /** The chunk's id: the same at every attempt, in this run and the next. */
  readonly chunk: string;
  /** What the file begins with, if it must begin with something: written where the file is empty. */
  readonly head?: Uint8Array | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** There are about so many bytes at most, apart from the head. */
  readonly mostBytes: number;
  readonly permissions: Permissions;
  readonly signal: AbortSignal;
}

/** How many bytes a chunk may add to a file. */
export function mostWritten({ head, mostBytes }: ChunkWrite): number {
  return mostBytes + (head?.length ?? 0);
}

/**
 * Writes the bytes of a chunk, behind the head where the file is empty, and tells before each piece how many
 * there will be then; resolves when they are on the disk.
 * @throws what `bytes` or the disk throws
 */
export async function writeAll(
  write: ChunkWrite,
  handle: FileHandle,
  isEmpty: boolean,
  tell: (writtenBytes: number) => Promise<void> | void = () => {},
): Promise<void> {
  let writtenBytes = 0;
  if (isEmpty && write.head !== undefined) {
    writtenBytes = write.head.length;
    await handle.writeFile(write.head);
  }
  for await (const piece of write.bytes) {
    if (write.signal.aborted) throw new MillraceError('MR_STOPPED', 'the write was broken off');
    writtenBytes += piece.length;
    await tell(writtenBytes);
    await handle.writeFile(piece);
  }
  await handle.datasync();
}

/** What a write that failed throws: a fault of the disk says which file it was about. */
export function writeFailure(path: string, cause: unknown): Error {
  const error = toError(cause);
  if (error instanceof MillraceError || systemCode(cause) === undefined) return error;
  return new MillraceError('MR_IO', `cannot write ${path}: ${error.message}`, { cause });
}
