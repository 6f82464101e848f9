import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { BufferSetup } from '../../../lib/buffer/buffer_setup.ts';
import { type BufferPlan, bufferOptions } from '../../../lib/buffer/options.ts';
import { OutputBuffer } from '../../../lib/buffer/output_buffer.ts';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import { decodeEntries } from '../../../lib/codec/entry_codec.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { type AckLevel, Delivery } from '../../../lib/event/delivery.ts';
import type { Entry, EventRecord } from '../../../lib/event/entry.ts';
import type { Origin } from '../../../lib/event/origin.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { silentLog } from '../../../lib/log.ts';
import { MetricRegistry } from '../../../lib/metric/metric.ts';
import type { Given, Parsed } from '../../../lib/option/option.ts';
import type { Chunk, Output, Receipt } from '../../../lib/plugin/contract.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

/** The options of a buffer, defaults filled in, as a plan holds them. */
export function optionsOf(given: Given<typeof bufferOptions> = {}): BufferPlan['options'] {
  const values: Readonly<Record<string, unknown>> = given;
  const read = Object.entries(bufferOptions).map(([key, option]) => [
    key,
    values[key] === undefined ? option.fallback : option.parseValue(values[key]),
  ]);
  return Object.fromEntries(read) as Parsed<typeof bufferOptions>;
}

/** A plan of a buffer in memory, or of a file buffer when there is a folder. */
export function planOf(
  given: Given<typeof bufferOptions> = {},
  chunkKeys: readonly string[] = ['tag'],
): BufferPlan {
  const options = optionsOf(given);
  return {
    store: options.path === undefined ? 'memory' : 'file',
    path: options.path,
    chunkKeys,
    options,
  };
}

/** What an output saw of a chunk. */
export interface Written {
  readonly id: string;
  readonly tag: string;
  readonly count: number;
  readonly attempts: number;
  readonly isFormatted: boolean;
  readonly origin: Origin | undefined;
  readonly entries: readonly Entry[];
  readonly text: string;
}

/** An output that keeps what it gets, and does with each chunk what the test says. */
export class Recorder implements Output {
  readonly written: Written[] = [];
  readonly tried: string[] = [];
  /** Throws to fail, waits to be slow. */
  onWrite: (seen: Written, signal: AbortSignal) => Promise<void> | void = () => {};
  #waiters: { readonly count: number; readonly resolve: () => void }[] = [];

  async write(chunk: Chunk, signal: AbortSignal): Promise<void> {
    const pieces: Uint8Array[] = [];
    for await (const piece of chunk.bytes()) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    const { id, tag, count, attempts, isFormatted, origin } = chunk;
    const entries = isFormatted ? [] : decodeEntries(bytes);
    const text = isFormatted ? bytes.toString() : '';
    const seen = { id, tag, count, attempts, isFormatted, origin, entries, text };
    this.tried.push(id);
    this.#tell();
    await this.onWrite(seen, signal);
    this.written.push(seen);
    this.#tell();
  }

  /** Resolves when so many chunks are written. */
  async untilWritten(count: number): Promise<void> {
    while (this.written.length < count) await this.#change();
  }

  /** Resolves when delivery was tried so many times. */
  async untilTried(count: number): Promise<void> {
    while (this.tried.length < count) await this.#change();
  }

  /** Field `n` of everything that was written, in order. */
  get numbers(): unknown[] {
    return this.written.flatMap((each) => each.entries.map((entry) => entry.record['n']));
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push({ count: 0, resolve }));
  }

  #tell(): void {
    for (const { resolve } of this.#waiters.splice(0)) resolve();
  }
}

/** A buffer under test with everything around it. */
export interface Rig {
  readonly buffer: OutputBuffer;
  readonly output: Recorder;
  readonly clock: TestClock;
  readonly metrics: MetricRegistry;
  readonly receipts: Receipt[];
  readonly errors: { readonly tag: string; readonly entry: Entry; readonly cause: Error }[];
  readonly deadLetterFolder: string;
  metric(name: string): number | undefined;
}

/** Opens a buffer; the test closes it, or leaves it as a kill would. */
export async function openRig(
  test: TestContext,
  plan: BufferPlan,
  overrides: Partial<BufferSetup> & { readonly clock?: TestClock; readonly output?: Recorder } = {},
): Promise<Rig> {
  const clock = overrides.clock ?? new TestClock();
  const output = overrides.output ?? new Recorder();
  const metrics = new MetricRegistry();
  const receipts: Receipt[] = [];
  const errors: Rig['errors'] = [];
  const deadLetterFolder = overrides.deadLetterFolder ?? temporaryFolder(test);
  const buffer = await OutputBuffer.open({
    id: 'out',
    plan,
    secondary: undefined,
    log: silentLog,
    metrics,
    random: Math.random,
    timeZone: 'UTC',
    onReceipt: (receipt) => {
      receipts.push(receipt);
      return undefined;
    },
    emitError: (tag, entry, cause) => void errors.push({ tag, entry, cause }),
    ...overrides,
    deadLetterFolder,
    clock,
    output,
  });
  const metric = (name: string): number | undefined =>
    metrics.read(`millrace_buffer_${name}`, { output: 'out' });
  return { buffer, output, clock, metrics, receipts, errors, deadLetterFolder, metric };
}

/** A folder that is deleted after the test. */
export function temporaryFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-buffer-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An entry whose record is `{ n }` and whatever more is given. */
export function entry(n: number, more: EventRecord = {}, sec = 1_700_000_000): Entry {
  return { time: new EventTime(sec, n), record: { n, ...more } };
}

/** A batch of entries numbered `from` up to, not including, `to`. */
export function batchOf(
  tag: string,
  from: number,
  to: number,
  particulars: {
    readonly level?: AckLevel;
    readonly origin?: Origin;
    readonly more?: EventRecord;
  } = {},
): EventBatch {
  const entries = Array.from({ length: to - from }, (_, index) =>
    entry(from + index, particulars.more),
  );
  const { level, origin } = particulars;
  return entriesBatch(tag, entries, { delivery: new Delivery(level), origin });
}
