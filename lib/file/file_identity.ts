import { createHash } from 'node:crypto';
import { type BigIntStats, readSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { afterLineFeed } from '../codec/line_table.ts';

/**
 * Which file it is, whatever its name. An inode is used again once a file is gone; the time at which the file
 * was made tells the two apart on file systems that keep it (ext4, xfs, btrfs, tmpfs since Linux 6.0, overlays
 * of these, APFS). Elsewhere it is 0, and only the file's content can.
 */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  /** Nanoseconds since the epoch, or 0. */
  readonly birthNs: bigint;
}

/** A file's begin as its fingerprint: all up to its first line feed, at most 1 KiB. */
export interface FileHead {
  readonly bytes: number;
  /** 16 hexadecimal digits. */
  readonly hash: string;
}

const longestHeadBytes = 1024;
const checkedBytes = 64;

/** Whether birth times can be trusted: where a system call is missing, the time of the last change is given for it. */
const hasBirthTimes = ((): boolean => {
  const { birthtimeNs, ctimeNs } = statSync(process.execPath, { bigint: true });
  return birthtimeNs !== ctimeNs;
})();

export function identityOf(stats: BigIntStats): FileIdentity {
  const birthNs = hasBirthTimes && stats.birthtimeNs > 0n ? stats.birthtimeNs : 0n;
  return { device: stats.dev, inode: stats.ino, birthNs };
}

/** Whether two identities of the same machine and moment are one file, as far as they can tell. */
export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.inode === other.inode && one.device === other.device && one.birthNs === other.birthNs;
}

/** Whether a file found later can be the one: times of birth are compared where both are known. */
export function mayBeFile(
  { inode, birthNs }: Pick<FileIdentity, 'inode' | 'birthNs'>,
  found: FileIdentity,
): boolean {
  if (inode !== found.inode) return false;
  return birthNs === found.birthNs || birthNs === 0n || found.birthNs === 0n;
}

/** When a file was made, or last written if that is not known, in milliseconds since the epoch. */
export function bornMs(stats: BigIntStats): number {
  return Number(bornNs(stats) / 1_000_000n);
}

/** Compares two files: the one that was made first comes first, or was written last before the other. */
export function byAge(one: BigIntStats, other: BigIntStats): number {
  return Number(bornNs(one) - bornNs(other)) || Number(one.mtimeNs - other.mtimeNs);
}

function bornNs(stats: BigIntStats): bigint {
  const { birthNs } = identityOf(stats);
  return birthNs === 0n ? stats.mtimeNs : birthNs;
}

/**
 * The file's head, or undefined as long as its first line is neither complete nor 1 KiB long. Nothing is ever
 * emitted of such a file, so whatever was emitted came from a file whose head never changes again.
 */
export function readHead(descriptor: number): FileHead | undefined {
  const bytes = readAt(descriptor, 0, longestHeadBytes);
  const end = afterLineFeed(bytes, 0, 'byte');
  if (end < 0 && bytes.length < longestHeadBytes) return undefined;
  return headOf(end < 0 ? bytes : bytes.subarray(0, end));
}

/** The head of a file that ends without a line feed and is not expected to grow. */
export function readShortHead(descriptor: number): FileHead {
  return headOf(readAt(descriptor, 0, longestHeadBytes));
}

/** Whether a file still begins as it did. */
export function hasHead(descriptor: number, head: FileHead): boolean {
  const bytes = readAt(descriptor, 0, head.bytes);
  return bytes.length === head.bytes && headOf(bytes).hash === head.hash;
}

/** Whether a file holds these bytes at `offset`. */
export function hasBytes(descriptor: number, offset: number, bytes: Buffer): boolean {
  return readAt(descriptor, offset, bytes.length).equals(bytes);
}

/** How many bytes before `offset` a check covers. */
export function checkLength(offset: number): number {
  return Math.min(offset, checkedBytes);
}

/** Tells the bytes before `end` in `bytes`, as many as there are and a check covers. */
export function checkOf(bytes: Buffer, end: number): number {
  return crc32(bytes.subarray(Math.max(0, end - checkedBytes), end));
}

/** Tells the bytes before `offset` in a file. */
export function readCheck(descriptor: number, offset: number): number {
  const length = checkLength(offset);
  return crc32(readAt(descriptor, offset - length, length));
}

/** Up to `length` bytes at `offset`: fewer only at the file's end. */
export function readAt(descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const got = readSync(descriptor, bytes, done, length - done, offset + done);
    if (got === 0) break;
    done += got;
  }
  return bytes.subarray(0, done);
}

function headOf(bytes: Buffer): FileHead {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return { bytes: bytes.length, hash };
}
