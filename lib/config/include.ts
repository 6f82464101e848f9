import { dirname, isAbsolute, join, resolve } from 'node:path';
import { MillraceError, type Place, systemCode, toError } from '../error.ts';
import type { ConfigContext } from './context.ts';
import type { Findings } from './findings.ts';
import { isGlob } from './glob.ts';
import { SourceText } from './source.ts';

/** The files on the way from the first one to the one being read, each included by the one before it. */
export type IncludeChain = readonly string[];

/** A file that an include names, ready to be read. */
export interface IncludedFile {
  readonly source: SourceText;
  readonly chain: IncludeChain;
}

/** The chain of a file that nothing includes. */
export function firstOfChain(file: string): IncludeChain {
  return [resolve(file)];
}

/**
 * The files that an include names, sorted by path: a path, a pattern or a `file://` address, relative to the
 * including file, with `%20` for a space as Fluentd has it. What cannot be read becomes a finding.
 */
export function findIncluded(
  path: string,
  from: string,
  at: Place,
  chain: IncludeChain,
  context: ConfigContext,
  findings: Findings,
): readonly IncludedFile[] {
  const pattern = toPath(path);
  if (pattern === undefined) {
    const message = `cannot include \`${path}\`: only files can be included`;
    findings.fault('MR_CONFIG_INCLUDE', message, at, 'expected a path, a pattern or `file://...`');
    return [];
  }
  const folder = dirname(from);
  const paths = isGlob(pattern)
    ? context.glob(pattern, folder)
    : [isAbsolute(pattern) ? pattern : join(folder, pattern)];
  return paths.flatMap((file) => {
    try {
      return [{ source: readIncluded(file, chain, context), chain: [...chain, resolve(file)] }];
    } catch (error) {
      reportUnreadable(error, file, at, findings);
      return [];
    }
  });
}

/** Why a file could not be read, in words for a message. */
export function unreadable(error: unknown): string {
  switch (systemCode(error)) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
      return 'permission denied';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'it is not UTF-8 text';
    default:
      return toError(error).message;
  }
}

/** Below the 40 links that the system follows. */
const maxDepth = 32;

function readIncluded(file: string, chain: IncludeChain, context: ConfigContext): SourceText {
  const absolute = resolve(file);
  if (chain.includes(absolute)) {
    const circle = [...chain.slice(chain.indexOf(absolute)), absolute].join(' -> ');
    throw new MillraceError('MR_CONFIG_INCLUDE', `it includes itself: ${circle}`);
  }
  if (chain.length >= maxDepth) {
    throw new MillraceError('MR_CONFIG_INCLUDE', `more than ${maxDepth} files include each other`);
  }
  return new SourceText(file, context.readFile(file));
}

/** As in Fluentd a file that is not there is no reason not to start, but it is hardly meant. */
function reportUnreadable(error: unknown, file: string, at: Place, findings: Findings): void {
  const message = `cannot include \`${file}\`: ${unreadable(error)}`;
  if (systemCode(error) === 'ENOENT') {
    const hint = 'nothing is included; a pattern such as `conf.d/*.conf` may match no file';
    findings.warn('MR_CONFIG_INCLUDE', message, at, hint);
  } else {
    findings.fault('MR_CONFIG_INCLUDE', message, at);
  }
}

function toPath(path: string): string | undefined {
  const isFile = /^file:/i.test(path);
  if (!isFile && /^[a-z][a-z0-9+.-]+:\/\//i.test(path)) return undefined;
  const bare = isFile ? path.replace(/^file:(?:\/\/[^/]*)?/i, '') : path;
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare; // a percent sign that encodes nothing
  }
}
