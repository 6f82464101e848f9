import { join } from 'node:path';
import { isDiskFull } from '../../error.ts';
import { epochLimit, parseChunkId } from './chunk_id.ts';
import type { FileSystem, ReadingFiles } from './file_system.ts';
import { readSmallFile, removeIfThere, rewriteFile } from './small_file.ts';

/*
 * `store` in the folder of a store is JSON: `store`, its id for ever, 12 hex digits, and `epoch`, the last number
 * that may be in the ids of chunks made since its last opening. Both are in the ids of its chunks too, so that
 * nothing hangs on this one file.
 */

/** What the ids of the chunks made from now on begin and end with. */
export interface Identity {
  readonly store: string;
  readonly epoch: number;
}

/** What the folder says of its store; undefined when it says nothing, or nothing that can be read. */
export function readIdentity(files: ReadingFiles, folder: string): Identity | undefined {
  return parseIdentity(readSmallFile(files, join(folder, 'store')));
}

/** An opening takes so many epochs for itself, for the case that it makes more chunks than one can count. */
const epochsAtOnce = 1024;

/** 12 hex digits; `random` gives numbers from 0 up to 1. */
export function drawStoreId(random: () => number): string {
  const bytes = Buffer.from(Array.from({ length: 6 }, () => Math.floor(random() * 256)));
  return bytes.toString('hex');
}

/**
 * Begins a new epoch: later than all before, whatever the clock says. Resolves when it would survive a power
 * cut, so that it is never begun again. `chunkIds` are those found in the folder.
 */
export async function beginEpoch(
  files: FileSystem,
  folder: string,
  chunkIds: readonly string[],
  nowMs: number,
  random: () => number,
): Promise<Identity> {
  const path = join(folder, 'store');
  const known = readIdentity(files, folder);
  let last = known;
  for (const id of chunkIds) {
    const parts = parseChunkId(id);
    if (parts === undefined || (known !== undefined && parts.store !== known.store)) continue;
    if (last === undefined || parts.epoch > last.epoch) last = parts;
  }
  // A number that leaves no room for more was never given by a clock.
  if (last !== undefined && last.epoch >= epochLimit / 2) last = undefined;
  const store = last?.store ?? drawStoreId(random);
  const epoch = Math.max(Math.floor(nowMs), (last?.epoch ?? 0) + 1);
  const reserved = { store, epoch: epoch + epochsAtOnce - 1 };
  try {
    await rewriteFile(files, path, Buffer.from(`${JSON.stringify(reserved)}\n`));
  } catch (error) {
    // There is no room for the file of a new store. Without it the next start draws another id, or asks the chunks.
    if (!isDiskFull(error) || readSmallFile(files, path) !== undefined) throw error;
    removeIfThere(files, `${path}.tmp`);
  }
  return { store, epoch };
}

function parseIdentity(bytes: Buffer | undefined): Identity | undefined {
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('store' in value) || !('epoch' in value)) return undefined;
    const { store, epoch } = value;
    if (typeof store !== 'string' || !/^[0-9a-f]{12}$/.test(store)) return undefined;
    return typeof epoch === 'number' && Number.isSafeInteger(epoch) ? { store, epoch } : undefined;
  } catch {
    return undefined; // damaged: the chunks tell
  }
}
