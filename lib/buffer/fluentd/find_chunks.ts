import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MillraceError, systemCode, toError } from '../../error.ts';
import { decodeFluentdMeta, type FluentdMeta } from './chunk_meta.ts';
import { type FluentdName, metaNamesOf, parseFluentdName } from './chunk_name.ts';

/** A chunk in the folder of a Fluentd buffer. */
export interface FluentdChunk extends FluentdName {
  readonly path: string;
  /** Where its metadata lies, damaged or not. */
  readonly metaPath: string | undefined;
  /** Undefined when there is none that can be read. */
  readonly meta: FluentdMeta | undefined;
  readonly sizeBytes: number;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

/** What lies in the folder of a Fluentd buffer. */
export interface FluentdBuffer {
  /** In the order in which Fluentd would deliver them: queued ones first. */
  readonly chunks: readonly FluentdChunk[];
  /** Metadata whose chunk is gone: Fluentd was killed while it deleted both. */
  readonly orphanPaths: readonly string[];
}

/**
 * Finds the chunks of a Fluentd buffer: `place` is the folder, or a `path` with a star as a configuration has it. The
 * folders of workers in it count too.
 * @throws MR_IO when it cannot be read, or several buffers share the folder
 */
export function findFluentdChunks(place: string): FluentdBuffer {
  const isPattern = basename(place).includes('*');
  const folder = isPattern ? dirname(place) : place;
  const fits = isPattern ? fitting(basename(place)) : () => true;
  const chunks: FluentdChunk[] = [];
  const orphanPaths: string[] = [];
  const patterns = new Set<string>();
  for (const each of [folder, ...workerFolders(folder)]) {
    const names = new Set(namesIn(each));
    const taken = new Set<string>();
    for (const name of names) {
      const parsed = parseFluentdName(name);
      if (parsed === undefined || !fits(parsed.pattern)) continue;
      const metaName = metaNamesOf(name, parsed).find((meta) => names.has(meta));
      if (metaName !== undefined) taken.add(metaName);
      const chunk = readChunk(each, name, parsed, metaName);
      if (chunk === undefined) continue;
      chunks.push(chunk);
      // Version 0.12 put the tag into the name, and had no metadata.
      if (chunk.meta !== undefined || chunk.singleKey !== undefined) patterns.add(parsed.pattern);
    }
    for (const name of names) {
      const owner = name.endsWith('.meta') ? parseFluentdName(name.slice(0, -5)) : undefined;
      if (owner !== undefined && fits(owner.pattern) && !taken.has(name)) {
        orphanPaths.push(join(each, name));
      }
    }
  }
  if (patterns.size > 1) throw severalBuffers(folder, [...patterns].sort());
  return { chunks: chunks.sort(byTurn), orphanPaths };
}

function fitting(pattern: string): (own: string) => boolean {
  // `a.*` gets Fluentd's own suffix.
  return (own) => own === pattern || own === `${pattern}.log` || own === `${pattern}.buf`;
}

function workerFolders(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => /^worker\d+$/.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory());
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    const cause = toError(thrown);
    throw new MillraceError('MR_IO', `the Fluentd buffer cannot be read: ${cause.message}`, {
      cause,
    });
  }
}

/** Undefined when it is no file, or no longer there. */
function readChunk(
  folder: string,
  name: string,
  parsed: FluentdName,
  metaName: string | undefined,
): FluentdChunk | undefined {
  const path = join(folder, name);
  const metaPath = metaName === undefined ? undefined : join(folder, metaName);
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return undefined;
    const meta = metaPath === undefined ? undefined : decodeFluentdMeta(readFileSync(metaPath));
    const modifiedMs = meta?.modifiedMs ?? Math.floor(stat.mtimeMs);
    const createdMs = meta?.createdMs ?? modifiedMs;
    return { ...parsed, path, metaPath, meta, sizeBytes: stat.size, createdMs, modifiedMs };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function byTurn(one: FluentdChunk, other: FluentdChunk): number {
  if (one.state !== other.state) return one.state === 'queued' ? -1 : 1;
  const moment = one.state === 'queued' ? 'modifiedMs' : 'createdMs';
  if (one[moment] !== other[moment]) return one[moment] - other[moment];
  return one.createdMs - other.createdMs || (one.id < other.id ? -1 : 1);
}

function severalBuffers(folder: string, patterns: readonly string[]): MillraceError {
  const [first = ''] = patterns;
  return new MillraceError(
    'MR_IO',
    `\`${folder}\` holds chunks of several Fluentd buffers: ${patterns.join(', ')}`,
    { hint: `name one of them, in quotes: '${join(folder, first)}'` },
  );
}
