import { randomUUID } from 'node:crypto';
import { plainDecoding, type TextDecoding, textDecoding } from '../../lib/codec/text_decoding.ts';
import { MillraceError } from '../../lib/error.ts';
import { lineText } from '../../lib/file/block_texts.ts';
import { FileFollower } from '../../lib/file/file_follower.ts';
import type { JoinSettings } from '../../lib/file/line_reader.ts';
import { PathPatterns } from '../../lib/file/path_patterns.ts';
import { PositionFile } from '../../lib/file/position_file.ts';
import { tailMeters } from '../../lib/file/tail_setup.ts';
import {
  array,
  boolean,
  duration,
  integer,
  oneOf,
  size,
  string,
} from '../../lib/option/declare.ts';
import type { Parsed } from '../../lib/option/option.ts';
import type { PluginContext } from '../../lib/plugin/context.ts';
import type { Parser } from '../../lib/plugin/contract.ts';
import { defineInput } from '../../lib/plugin/define.ts';
import { LineEvents } from '../../lib/plugin/line_events.ts';
import { nested } from '../../lib/plugin/nested.ts';

const smallestBytesPerSecond = 64 * 1024;
/** Descriptors kept open for files with nothing to read. */
const mostOpenFiles = 512;
const mostTags = 10_000;

const options = {
  path: string({
    doc: 'Paths to read, separated by `path_delimiter`. `*` stands for any name or part of one, `**/` for any folders, and strftime directives such as `%Y%m%d` for the present time.',
    required: true,
  }),
  pathDelimiter: string({ doc: 'What separates paths.', default: ',' }),
  globPolicy: oneOf(['backward_compatible', 'extended', 'always'], {
    doc: 'Which wildcards make a path a pattern: `*` alone; `*`, `?` and `[...]`; or these and `{a,b}`, for which `path_delimiter` must not be a comma.',
    default: 'backward_compatible',
  }),
  excludePath: array({ doc: 'Paths that are left out, written as in `path`.', default: [] }),
  pathTimezone: string({ doc: 'The zone of times in paths; the local one unless set.' }),
  tag: string({
    doc: 'The tag of the events. A `*` in it is replaced by the path, its slashes written as dots.',
    required: true,
  }),
  posFile: string({
    doc: 'Remembers how far each file was read. Without it, lines are lost or read twice when the process is restarted.',
  }),
  posFileCompactionInterval: duration({
    doc: 'How often lines of removed files are taken out of `pos_file`, besides at each start and whenever there are many.',
  }),
  readFromHead: boolean({
    doc: 'Read files that are there at the first start from their begin instead of their end.',
    default: false,
  }),
  followInodes: boolean({
    doc: 'Accepted for compatibility, and says how lines of Fluentd in `pos_file` are meant: files are always told apart by device, inode and content.',
    default: false,
  }),
  refreshInterval: duration({ doc: 'How often patterns are matched anew.', default: 60_000 }),
  rotateWait: duration({
    doc: 'How long a rotated file must have been at rest before it is left.',
    default: 5000,
  }),
  readLinesLimit: integer({
    doc: 'Most lines of a batch, which is no longer than 1 MiB either; an event of more lines is whole all the same.',
    default: 4000,
    min: 1,
  }),
  readBytesLimitPerSecond: size({
    doc: 'Most bytes that are read of one file in a second, at least 64k; -1: as many as there are.',
    default: -1,
  }),
  maxLineSize: size({
    doc: 'Longer lines, line feed included, are left out and counted, also those within an event of several lines.',
  }),
  emitUnmatchedLines: boolean({
    doc: 'Make an event `{"unmatched_line": ...}` of what the parser does not take: a line, or the lines of an event.',
    default: false,
  }),
  multilineFlushInterval: duration({
    doc: 'With a parser of events of several lines: when nothing more has come for so long, the last event of a file is complete.',
    default: 5000,
  }),
  enableWatchTimer: boolean({ doc: 'Look at all files every second.', default: true }),
  enableStatWatcher: boolean({
    doc: 'Look at files when the operating system says that they have changed.',
    default: true,
  }),
  encoding: string({
    doc: 'What `from_encoding` is converted to: UTF-8. Without `from_encoding` it has no effect, since bytes are passed on as they are.',
  }),
  fromEncoding: string({ doc: 'The encoding of the files, converted to UTF-8 as they are read.' }),
  pathKey: string({ doc: 'A field that gets the path of the file.' }),
  openOnEveryUpdate: boolean({
    doc: 'Close files whenever there is nothing more to read.',
    default: false,
  }),
  limitRecentlyModified: duration({
    doc: 'Leave out files that a pattern matches and that were last written longer ago.',
  }),
  skipRefreshOnStartup: boolean({
    doc: 'Look for files only after the first `refresh_interval`.',
    default: false,
  }),
  ignoreRepeatedPermissionError: boolean({
    doc: 'Tell only once that a file may not be read.',
    default: false,
  }),
  parse: nested('parser', { doc: 'How a line becomes an event.', required: true }),
};

type TailOptions = Parsed<typeof options>;

export default defineInput({
  type: 'tail',
  doc: 'Reads lines that are appended to files, through rotation and truncation, each line once.',
  options,
  create(given, context) {
    checkOptions(given);
    const patterns = pathPatterns(given);
    const decoding = decodingOf(given);
    const parser = context.make(given.parse);
    const tagOf = tagger(given.tag);
    const lines = new LineEvents({ ...given, decoding, parser, tagOf, context });
    return {
      async run(emit, signal) {
        const { clock, log, metrics, id } = context;
        const isRemembered = given.posFile !== undefined;
        if (!isRemembered) {
          log.warn('`pos_file` is not set: positions are forgotten when the process ends');
        }
        const follower = new FileFollower({
          patterns,
          positions: openPositions(given, context),
          sourcePrefix: isRemembered ? 'tail' : `tail:${randomUUID().slice(0, 8)}`,
          storedEnds: (source) => context.storedEnds(source),
          readsFromHead: given.readFromHead,
          lineBreak: decoding.lineBreak,
          rotateWaitMs: given.rotateWait,
          refreshIntervalMs: given.refreshInterval,
          compactionIntervalMs: given.posFileCompactionInterval,
          complainsOnce: given.ignoreRepeatedPermissionError,
          mostOpenFiles: given.openOnEveryUpdate ? 0 : mostOpenFiles,
          polls: given.enableWatchTimer,
          usesHints: given.enableStatWatcher,
          startsLate: given.skipRefreshOnStartup,
          reading: {
            linesLimit: given.readLinesLimit,
            longestLineBytes: given.maxLineSize ?? Number.POSITIVE_INFINITY,
            bytesPerSecond: bytesPerSecond(given),
            joining: joiningOf(given, decoding, parser),
          },
          clock,
          log,
          meters: tailMeters(metrics, id),
          laneOf: tagOf,
          makeBatch: lines.makeBatch,
          emit,
        });
        await follower.run(signal);
      },
    };
  },
});

/** @throws MR_OPTION when options do not fit together */
function checkOptions(given: TailOptions): void {
  const fault = (message: string): MillraceError =>
    new MillraceError('MR_OPTION', `input \`tail\`: ${message}`);
  if (!given.enableWatchTimer && !given.enableStatWatcher) {
    throw fault('one of `enable_watch_timer` and `enable_stat_watcher` must be true');
  }
  if (given.readBytesLimitPerSecond > 0 && !given.enableWatchTimer) {
    throw fault('`read_bytes_limit_per_second` needs `enable_watch_timer`');
  }
  if (given.globPolicy === 'always' && given.pathDelimiter === ',') {
    throw fault('`glob_policy always` needs another `path_delimiter` than a comma');
  }
  if (given.globPolicy === 'extended' && /\{.*,.*\}/.test(given.path) && /[*?[]/.test(given.path)) {
    throw fault('braces in `path` need `glob_policy always`');
  }
  if (['/', '*', '%', ''].includes(given.pathDelimiter)) {
    throw fault(`\`path_delimiter\` must not be \`${given.pathDelimiter}\``);
  }
  if (given.followInodes && given.posFile === undefined) {
    throw fault('`follow_inodes` needs `pos_file`');
  }
  if (given.fromEncoding !== undefined && given.encoding === undefined) {
    throw fault('`from_encoding` needs `encoding`');
  }
}

/** @throws MR_OPTION when there is no path, MR_TIME when the zone is unknown */
function pathPatterns(given: TailOptions): PathPatterns {
  const paths = given.path
    .split(given.pathDelimiter)
    .map((path) => path.trim())
    .filter((path) => path !== '');
  if (paths.length === 0) throw new MillraceError('MR_OPTION', 'input `tail`: `path` is empty');
  return new PathPatterns({
    paths: [...new Set(paths)],
    excluded: given.excludePath,
    globPolicy: given.globPolicy,
    timezone: given.pathTimezone,
    modifiedWithinMs: given.limitRecentlyModified,
  });
}

/** @throws MR_OPTION when an encoding is unknown, or not UTF-8 is converted to */
function decodingOf({ encoding, fromEncoding }: TailOptions): TextDecoding {
  const target = encoding === undefined ? plainDecoding : textDecoding(encoding);
  if (fromEncoding === undefined) return plainDecoding;
  if (target === plainDecoding) return textDecoding(fromEncoding);
  throw new MillraceError(
    'MR_OPTION',
    `input \`tail\`: \`from_encoding\` is converted to UTF-8 only, not to \`${encoding}\``,
  );
}

function bytesPerSecond({ readBytesLimitPerSecond: limit }: TailOptions): number {
  return limit > 0 ? Math.max(limit, smallestBytesPerSecond) : Number.POSITIVE_INFINITY;
}

/** How lines are joined for a parser that wants its texts whole. */
function joiningOf(
  { multilineFlushInterval }: TailOptions,
  decoding: TextDecoding,
  parser: Parser,
): JoinSettings | undefined {
  if (parser.isFirstLine === undefined) return undefined;
  return {
    isFirstLine: (line) => parser.isFirstLine?.(lineText(line, decoding)) === true,
    restMs: multilineFlushInterval,
  };
}

function openPositions(
  { posFile, followInodes }: TailOptions,
  { log }: PluginContext,
): PositionFile | undefined {
  if (posFile === undefined) return undefined;
  return new PositionFile(posFile, { log, followsInodes: followInodes });
}

/** The tag of a path: a `*` stands for the path with dots for slashes, none doubled or at the begin. */
function tagger(template: string): (path: string) => string {
  const [before = '', after] = template.split('*', 2);
  if (after === undefined) return () => template;
  const tags = new Map<string, string>();
  return (path) => {
    let tag = tags.get(path);
    if (tag === undefined) {
      if (tags.size >= mostTags) tags.clear();
      tag = before + path.replaceAll('/', '.').replaceAll(/\.+/g, '.').replace(/^\./, '') + after;
      tags.set(path, tag);
    }
    return tag;
  };
}
