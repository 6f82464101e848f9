import { closeSync, fstatSync } from 'node:fs';
import { bornMs, byAge, identityOf, readAt } from './file_identity.ts';
import { type FoundFile, type OpenFile, openFile } from './found_file.ts';
import type { TailedFile } from './tailed_file.ts';

const comparedBytes = 1024;

/**
 * Whether a file is a copy of one that is being followed, made or still being made for copy-and-truncate: all of it
 * is the begin of the other, as far as both ends tell. An empty file may become one.
 */
export function isCopyOf(copy: OpenFile, original: number): boolean {
  const size = Number(copy.stats.size);
  if (size === 0) return true;
  if (Number(fstatSync(original, { bigint: true }).size) < size) return false;
  const length = Math.min(size, comparedBytes);
  return [0, size - length].every((at) =>
    readAt(copy.descriptor, at, length).equals(readAt(original, at, length)),
  );
}

/** The copy that was made of a file before it was truncated, so that its last bytes can still be read. */
export function findCopy(file: TailedFile, candidates: readonly FoundFile[]): OpenFile | undefined {
  // Should several match, the oldest was made first after what was read.
  const oldestFirst = [...candidates].sort((one, other) => byAge(one.stats, other.stats));
  for (const { place, stats } of oldestFirst) {
    if (Number(stats.size) < file.leastSize) continue;
    const copy = openFile(place);
    if (copy === undefined) continue;
    if (file.isContinuedBy(copy)) return copy;
    closeSync(copy.descriptor);
  }
  return undefined;
}

/**
 * Whether a file beside a log is a rotated generation of it that was made after `sinceMs`. One whose last change is
 * older than itself was put back by a person: unpacked, or restored from a backup.
 */
export function isMadeSince({ stats }: FoundFile, sinceMs: number): boolean {
  const { birthNs } = identityOf(stats);
  if (birthNs !== 0n && stats.mtimeNs < birthNs - restoredSlackNs) return false;
  return stats.size > 0n && bornMs(stats) > sinceMs - clockSlackMs;
}

const restoredSlackNs = 1_000_000_000n;
/** The kernel stamps files with a clock that lags by a tick. */
const clockSlackMs = 20;
