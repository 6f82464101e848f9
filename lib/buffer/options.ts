import { MillraceError, toError } from '../error.ts';
import { parseAccessorPath } from '../event/accessor_path.ts';
import { parseZone } from '../event/time_zone.ts';
import { boolean, duration, float, integer, oneOf, size, string } from '../option/declare.ts';
import type { Parsed, Shape } from '../option/option.ts';
import { toSnake } from '../option/spelling.ts';
import { parseTextArray } from '../option/text.ts';

/** What may be written in `<buffer>`, with Fluentd's names; `@type` and the chunk keys are read beside it. */
export const bufferOptions = {
  path: string({ doc: 'The folder of a file buffer. One process at a time can use it.' }),
  pathSuffix: string({
    doc: 'Accepted for Fluentd: files of chunks have names of their own.',
  }),
  chunkFormat: oneOf(['auto', 'msgpack', 'text'], {
    default: 'auto',
    doc: "Accepted for Fluentd's `file_single`: a chunk says itself what it holds.",
  }),
  calcNumRecords: boolean({
    default: true,
    doc: "Accepted for Fluentd's `file_single`: the number of events is always known.",
  }),
  durability: oneOf(['fsync', 'os', 'memory'], {
    default: 'fsync',
    doc: 'When a batch counts as stored in a file buffer: `fsync`: once it would survive a power cut; `os`: once it would survive the end of the process. A memory buffer is always `memory`.',
  }),
  chunkLimitSize: size({
    doc: 'A chunk holds no more bytes. Default: 8m in memory, 256m in files.',
  }),
  chunkLimitRecords: integer({ min: 1, doc: 'A chunk holds no more events.' }),
  totalLimitSize: size({
    doc: 'All chunks together hold no more bytes; then `overflow_action` applies. Default: 512m in memory, 64g in files.',
  }),
  queueLimitLength: integer({
    min: 1,
    doc: 'Older form of `total_limit_size`: so many times `chunk_limit_size`.',
  }),
  queuedChunksLimitSize: integer({
    min: 1,
    doc: 'With so many chunks waiting to be flushed, time alone seals no further chunk. Default: `flush_thread_count`.',
  }),
  chunkFullThreshold: float({
    default: 0.95,
    doc: 'A chunk is full at this part of its limits, above 0 and at most 1.',
  }),
  flushMode: oneOf(['default', 'interval', 'lazy', 'immediate'], {
    default: 'default',
    doc: '`interval`: chunks are flushed `flush_interval` after they were begun; `lazy`: when full or their time slice is over; `immediate`: at once. `default`: `lazy` with the chunk key `time` and no `flush_interval`, else `interval`.',
  }),
  flushInterval: duration({ default: 60_000, doc: 'The age at which a chunk is flushed.' }),
  flushThreadCount: integer({ default: 1, min: 1, doc: 'So many chunks are flushed at a time.' }),
  flushThreadInterval: duration({
    default: 1000,
    doc: 'Accepted for Fluentd, where it says how often a thread looks for work; here chunks are flushed as they are due.',
  }),
  flushThreadBurstInterval: duration({
    default: 0,
    doc: 'The pause after each chunk. (Fluentd pauses one second unless told otherwise.)',
  }),
  flushAtShutdown: boolean({
    doc: 'Whether all chunks are flushed at the end. Default: true in memory, false in files.',
  }),
  delayedCommitTimeout: duration({
    default: 60_000,
    doc: 'Accepted for Fluentd; here a write is over when it is delivered.',
  }),
  overflowAction: oneOf(['throw_exception', 'block', 'drop_oldest_chunk'], {
    default: 'throw_exception',
    doc: 'What happens at `total_limit_size`: the batch is refused, its source waits, or the oldest chunk is dropped.',
  }),
  compress: oneOf(['text', 'gzip'], {
    default: 'text',
    doc: 'Whether the content of chunks is compressed where it lies. (Fluentd knows `zstd` too.)',
  }),
  retryType: oneOf(['exponential_backoff', 'periodic'], {
    default: 'exponential_backoff',
    doc: 'Whether the pauses between the attempts at a chunk grow.',
  }),
  retryWait: duration({ default: 1000, doc: 'The first pause.' }),
  retryExponentialBackoffBase: float({
    default: 2,
    doc: 'Each pause is so many times the one before.',
  }),
  retryMaxInterval: duration({ doc: 'No pause but the first is longer.' }),
  retryRandomize: boolean({ default: true, doc: 'Whether pauses vary by an eighth.' }),
  retryTimeout: duration({
    default: 259_200_000,
    doc: 'A chunk that has failed for so long becomes a dead letter.',
  }),
  retryMaxTimes: integer({
    min: 0,
    doc: 'A chunk that has failed after so many retries becomes a dead letter.',
  }),
  retryForever: boolean({ default: false, doc: 'No limit to time and number of retries.' }),
  retrySecondaryThreshold: float({
    default: 0.8,
    doc: 'The part of the time until the limit after which `<secondary>` is used, above 0 and below 1.',
  }),
  bisectRefused: boolean({
    default: false,
    doc: 'Whether a chunk that the output refuses for good is written again in halves, and what is refused of it in halves, until the events to blame stand alone: only they go to `<secondary>` or become dead letters. For outputs that can only refuse a whole chunk; about two writes for each halving. Not done when retries are used up: then the destination is at fault.',
  }),
  bisectMaxWrites: integer({
    default: 10_000,
    min: 1,
    doc: 'After so many writes of parts of one chunk, `bisect_refused` looks no further: what is refused then is given up whole.',
  }),
  timekey: duration({ doc: 'The length of a time slice, for the chunk key `time`.' }),
  timekeyWait: duration({
    default: 600_000,
    doc: 'How long after its end a time slice waits for late events.',
  }),
  timekeyUseUtc: boolean({ default: false, doc: 'Whether time slices follow UTC.' }),
  timekeyZone: string({ doc: 'The zone that time slices follow: `+09:00`, `Asia/Tokyo`.' }),
  disableChunkBackup: boolean({
    default: false,
    doc: 'Whether chunks that cannot be delivered are thrown away (and counted) instead of kept as dead letters.',
  }),
  filePermission: string({ default: '0644', doc: 'The mode of chunk files, in octal.' }),
  dirPermission: string({ default: '0755', doc: 'The mode of the folders, in octal.' }),
} satisfies Shape;

/** A buffer as a plan describes it: frozen data. */
export interface BufferPlan {
  readonly store: 'memory' | 'file';
  /** The folder; needed by `file`. */
  readonly path: string | undefined;
  /** `tag`, `time` and record fields, as written. */
  readonly chunkKeys: readonly string[];
  readonly options: Parsed<typeof bufferOptions>;
}

/** The chunk keys in the argument of a `<buffer>`: separated by commas, or a JSON array. Empty when there are none. */
export function parseChunkKeys(argument: string): readonly string[] {
  return parseTextArray(argument.trim()).filter((key) => key !== '');
}

/** Everything that is wrong with a buffer's plan; empty when nothing is. Opens and touches nothing. */
export function checkBuffer(plan: BufferPlan): MillraceError[] {
  const { options, store } = plan;
  const faults: string[] = [...checkKeys(plan), ...checkTime(plan)];
  if (store === 'file' && (plan.path === undefined || plan.path === '')) {
    faults.push('a file buffer needs `path`, the folder of its chunks');
  }
  if (store === 'file' && options.durability === 'memory') {
    faults.push('`durability memory` is for memory buffers: a file buffer has `fsync` or `os`');
  }
  const positive = {
    chunkLimitSize: options.chunkLimitSize,
    totalLimitSize: options.totalLimitSize,
    flushThreadCount: options.flushThreadCount,
    retryExponentialBackoffBase: options.retryExponentialBackoffBase,
  };
  for (const [name, value] of Object.entries(positive)) {
    if (value !== undefined && value <= 0) faults.push(`\`${toSnake(name)}\` must be above 0`);
  }
  if (options.chunkFullThreshold <= 0 || options.chunkFullThreshold > 1) {
    faults.push('`chunk_full_threshold` must be above 0 and at most 1');
  }
  if (options.retrySecondaryThreshold <= 0 || options.retrySecondaryThreshold >= 1) {
    faults.push('`retry_secondary_threshold` must be above 0 and below 1');
  }
  for (const [name, value] of Object.entries({ ...options })) {
    const isNegative = typeof value === 'number' && value < 0;
    if (isNegative && name !== 'timekey' && !(name in positive))
      faults.push(`\`${toSnake(name)}\` must not be negative`);
  }
  for (const name of ['filePermission', 'dirPermission'] as const) {
    if (!/^0?[0-7]{3}$/.test(options[name])) {
      faults.push(`\`${toSnake(name)}\` must be a mode such as 0644, not \`${options[name]}\``);
    }
  }
  return faults.map((fault) => new MillraceError('MR_OPTION', fault));
}

/** Limits in bytes, with the defaults of the store; a chunk is never larger than all together may be. */
export function bufferLimits(plan: BufferPlan): {
  readonly chunkLimitBytes: number;
  readonly totalLimitBytes: number;
} {
  const isFile = plan.store === 'file';
  const { chunkLimitSize, totalLimitSize, queueLimitLength } = plan.options;
  const totalLimitBytes =
    totalLimitSize ??
    (queueLimitLength === undefined
      ? (isFile ? 64 * 1024 : 512) * mebibyte
      : queueLimitLength * (chunkLimitSize ?? (isFile ? 256 : 8) * mebibyte));
  const chunkBytes = chunkLimitSize ?? (isFile ? 256 : 8) * mebibyte;
  return { chunkLimitBytes: Math.min(chunkBytes, totalLimitBytes), totalLimitBytes };
}

const mebibyte = 1024 * 1024;

function checkKeys({ chunkKeys }: BufferPlan): string[] {
  return chunkKeys.flatMap((key) => {
    if (key.startsWith('$[')) {
      return [`the chunk key \`${key}\` is written with brackets: write it with dots, \`$.a.b\``];
    }
    try {
      const path = parseAccessorPath(key);
      if (typeof path !== 'string' || /^[-_.@a-zA-Z0-9]+$/.test(path)) return [];
    } catch (error) {
      return [toError(error).message];
    }
    return [`the chunk key \`${key}\` has characters other than letters, digits and \`-_.@\``];
  });
}

function checkTime({ chunkKeys, options }: BufferPlan): string[] {
  const faults: string[] = [];
  if (chunkKeys.includes('time')) {
    if (options.timekey === undefined) faults.push('the chunk key `time` needs `timekey`');
    else if (options.timekey <= 0) faults.push('`timekey` must be above 0');
  }
  if (options.timekeyZone !== undefined) {
    try {
      parseZone(options.timekeyZone);
    } catch (error) {
      faults.push(`\`timekey_zone\`: ${toError(error).message}`);
    }
  }
  return faults;
}
