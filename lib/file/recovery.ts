import { basename } from 'node:path';
import { hasHead, identityOf, mayBeFile } from './file_identity.ts';
import { type FoundFile, findBeside, type OpenFile, realPath, statFile } from './found_file.ts';
import { LowWater } from './low_water.ts';
import type { Position } from './position.ts';
import { unknownCheck } from './position_line.ts';
import { nameBeforeRotation } from './rotation_name.ts';
import { headHashOf, type Sources } from './sources.ts';
import { TailedFile } from './tailed_file.ts';

/** Finds the file of a position: at its path, or beside it under whatever name. Undefined: it is gone. */
export function findRecorded(position: Position): FoundFile | undefined {
  const { path } = position;
  const stats = statFile(path);
  if (stats?.isFile() === true && isFileOf(position, stats)) return { place: path, stats };
  const real = realPath(path);
  const wanted = wantedBy(position);
  const beside = findBeside([path, real], wanted);
  if (beside === undefined) return undefined;
  // Where births cannot be compared, the inode may have become that of any other file.
  const isSure = wanted.birthNs !== 0n && identityOf(beside.stats).birthNs !== 0n;
  const before = nameBeforeRotation(basename(beside.place));
  return isSure || before === basename(path) || before === basename(real) ? beside : undefined;
}

/** Whether a position may be that of a file, by inode and birth. */
export function isFileOf(position: Position, stats: FoundFile['stats']): boolean {
  return mayBeFile(wantedBy(position), identityOf(stats));
}

/** Whether a file was rotated away and read to its end, so that there is nothing to open it for. */
export function isReadUp(position: Position, found: FoundFile): boolean {
  const { offset } = position;
  return offset > 0 && Number(found.stats.size) === offset && found.place !== position.path;
}

/** Makes the file of a position, to be read on from there. */
export function fileOfPosition(position: Position, { place, stats }: FoundFile): TailedFile {
  const { path, offset, mark } = position;
  const generation = mark?.generation ?? 0;
  const file = new TailedFile({ path, place, identity: identityOf(stats), generation });
  file.position = position;
  file.notice(stats);
  file.offset = offset;
  if (mark === undefined) return file;
  file.check = mark.check;
  file.water = new LowWater(offset, mark.check);
  if (mark.headBytes > 0) {
    file.source = mark.source;
    file.head = { bytes: mark.headBytes, hash: headHashOf(mark.source) };
  }
  return file;
}

/** Whether the file still holds what was read of it, and what buffers have stored; finds where batches must end. */
export function isWhole(file: TailedFile, open: OpenFile, sources: Sources): boolean {
  const { descriptor } = open;
  const size = Number(open.stats.size);
  sources.findCuts(file);
  if (file.head !== undefined && !hasHead(descriptor, file.head)) return false;
  // A position of Fluentd's, or one that a person wrote, says nothing of the bytes.
  const isTold = file.position?.mark !== undefined && file.check !== unknownCheck;
  if (!isTold && size >= file.offset) file.startAt(descriptor, file.offset);
  return file.isIntact(descriptor, size);
}

function wantedBy({ inode, mark }: Position): { inode: bigint; birthNs: bigint } {
  return { inode, birthNs: BigInt(`0x${mark?.birth ?? '0'}`) };
}
