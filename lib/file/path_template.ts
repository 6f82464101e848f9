import { MillraceError } from '../error.ts';

/** What the paths of an output's files are made of. */
export interface PathParts {
  /** As configured, with placeholders and possibly `*`. */
  readonly path: string;
  /** Chunks of the same path go into one file; else each file gets an index. */
  readonly append: boolean;
  /** What ends a path that has no `*`. */
  readonly suffix: string;
  /** What ends every path: `.gz`. */
  readonly compressSuffix: string;
  /** Length of a time slice; undefined when chunks are not keyed by time. */
  readonly timekeyMs: number | undefined;
}

/**
 * The template of an output's paths, as Fluentd makes it: `*` becomes the time; without it, the time is added unless
 * the path has it already. It is cut where the index goes, if there is one: `['/log/a.%Y%m%d', '.log']`.
 * @throws MR_OPTION when the path has a part of the time only, or `*` without a time or in a folder
 */
export function pathTemplate(parts: PathParts): readonly string[] {
  const { path, append, suffix, compressSuffix, timekeyMs } = parts;
  const time = timekeyMs === undefined ? '' : timeFormat(timekeyMs);
  if (path.includes('*')) {
    if (timekeyMs === undefined)
      throw fault(path, '`*` stands for the time, but `time` is not among the chunk keys');
    if (append) return [path.replaceAll('*', time) + compressSuffix];
    if (path.lastIndexOf('/') > path.indexOf('*'))
      throw fault(
        path,
        '`*` in a folder needs `append true`, since files that share a name would need an index',
      );
    return (path + compressSuffix).split('*').map(timeBeforeIndex(time));
  }
  const stem = hasTime(path, time) ? path : `${path}.${time}`;
  return append ? [stem + suffix + compressSuffix] : [stem, suffix + compressSuffix];
}

/** All pieces but the last end with the time. */
function timeBeforeIndex(time: string) {
  return (piece: string, index: number, all: readonly string[]): string =>
    index < all.length - 1 ? piece + time : piece;
}

/** @throws MR_OPTION when only a part of the time is there */
function hasTime(path: string, time: string): boolean {
  const directives = time.match(/%./g) ?? [];
  const missing = directives.filter((directive) => !path.includes(directive));
  if (missing.length === 0 || missing.length === directives.length) return missing.length === 0;
  throw fault(path, `files would hold several time slices: ${missing.join(', ')} is missing`);
}

function timeFormat(timekeyMs: number): string {
  if (timekeyMs < 60_000) return '%Y%m%d%H%M%S';
  if (timekeyMs < 3_600_000) return '%Y%m%d%H%M';
  return timekeyMs < 86_400_000 ? '%Y%m%d%H' : '%Y%m%d';
}

function fault(path: string, why: string): MillraceError {
  return new MillraceError('MR_OPTION', `\`path\` \`${path}\`: ${why}`);
}
