import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext as NodeTestContext } from 'node:test';
import tail from '../../../connectors/input/tail.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { RawString } from '../../../lib/event/entry.ts';
import type { Origin } from '../../../lib/event/origin.ts';
import { createLog, type LogLine } from '../../../lib/log.ts';
import { MetricRegistry } from '../../../lib/metric/metric.ts';
import { defineParser } from '../../../lib/plugin/define.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

/** How long a thing may take that never does when all is well. */
const patienceMs = Number(process.env['TAIL_PATIENCE_MS'] ?? 20_000);

export type Given = Partial<Parameters<typeof tail>[0]>;

/** Takes each line as it is; does not take lines that begin with `bad`, and throws at one that is `worse`. */
const rawParser = defineParser({
  type: 'raw',
  doc: 'The line as it is.',
  options: {},
  create: () => ({
    parse(input) {
      const text = typeof input === 'string' ? input : Buffer.from(input).toString();
      if (text.startsWith('bad')) return null;
      if (text === 'worse') throw new Error('worse than bad');
      const isExact = typeof input === 'string' || Buffer.from(text).equals(input);
      const message = isExact ? text : new RawString(Buffer.from(input));
      return [{ time: null, record: { message } }];
    },
  }),
});

/** Takes whole texts, each of which begins with a line that begins with `>`. */
export const quoteParser = defineParser({
  type: 'quote',
  doc: 'The lines of an event as they are.',
  options: {},
  create: () => ({
    parse: (input) => {
      const message = input.toString();
      return message.startsWith('>') ? [{ time: null, record: { message } }] : null;
    },
    isFirstLine: (line) => line.toString().startsWith('>'),
  }),
});

/** How a rig's store treats batches as they come. */
export type Storing = 'store' | 'hold' | 'refuse';

/** Stands for the buffers behind the input: stores a batch once, also across restarts of the input. */
export class Store {
  readonly lines: string[] = [];
  readonly held: EventBatch[] = [];
  readonly batches: EventBatch[] = [];
  readonly #stored: Origin[] = [];
  storing: Storing = 'store';

  take(batch: EventBatch): void {
    this.batches.push(batch);
    if (this.storing === 'hold') this.held.push(batch);
    else if (this.storing === 'refuse') batch.delivery.nack(new Error('refused'));
    else this.store(batch);
  }

  /** Stores what was held. */
  release(): void {
    for (const batch of this.held.splice(0)) this.store(batch);
  }

  store(batch: EventBatch): void {
    const { origin } = batch;
    assert(origin !== undefined && origin.low <= origin.begin && origin.begin < origin.end);
    assert(origin.source.length <= 255);
    const own = this.#stored.filter(({ source }) => source === origin.source);
    const cuts = [...own.flatMap(({ begin, end }) => [begin, end])];
    const crossed = cuts.find((cut) => cut > origin.begin && cut < origin.end);
    assert.equal(crossed, undefined, 'a batch crosses the end of a stored one');
    if (!own.some(({ begin, end }) => begin <= origin.begin && origin.end <= end)) {
      this.#stored.push(origin);
      for (const { record } of batch) {
        this.lines.push(String(record['message'] ?? record['unmatched_line']));
      }
    }
    batch.delivery.ack();
  }

  storedEnds(wanted: string): readonly number[] {
    const own = this.#stored.filter(({ source }) => source === wanted);
    return [...new Set(own.flatMap(({ begin, end }) => [begin, end]))].sort((a, b) => a - b);
  }
}

/** One life of an input: from its start to when it is stopped or killed. */
export class Life {
  readonly log: LogLine[] = [];
  readonly metrics = new MetricRegistry();
  readonly batches: EventBatch[] = [];
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  readonly #clock: TestClock;
  #isKilled = false;
  #waiting: (() => void)[] = [];

  constructor(clock: TestClock, store: Store, given: Parameters<typeof tail>[0]) {
    this.#clock = clock;
    const call = tail(given);
    const context = testContext({
      clock,
      log: createLog((line) => this.log.push(line), 'debug'),
      metrics: this.metrics,
      storedEnds: (source) => store.storedEnds(source),
    });
    const input = call.plugin.create(call.options, context);
    this.#running = input.run(async (batch) => {
      if (this.#isKilled) return;
      this.batches.push(batch);
      store.take(batch);
      for (const wake of this.#waiting.splice(0)) wake();
    }, this.#abort.signal);
  }

  /** Moves the clock until this is so; everything that waits for time goes on meanwhile. */
  async until(isSo: () => boolean, stepMs = 1000): Promise<void> {
    const deadlineMs = performance.now() + patienceMs;
    for (let step = 0; !isSo(); step += 1) {
      assert(performance.now() < deadlineMs, 'it never became so');
      if (step % 10 === 9) this.#clock.advance(stepMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Moves the clock; everything that is due then, or can go on, has happened when it resolves. */
  pass(ms: number): Promise<void> {
    return this.#clock.pass(ms);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  /** Ends as if the process were killed: nothing more is emitted, settled or written. */
  kill(): void {
    this.#isKilled = true;
    this.#abort.abort();
  }

  metric(name: string): number | undefined {
    return this.metrics.read(`millrace_tail_${name}`, { input: 'under_test' });
  }
}

/** A folder with logs, a clock, and a store that outlives the inputs that are started. */
export class TailRig {
  readonly folder: string;
  readonly log: string;
  positions: string;
  readonly clock: TestClock;
  readonly store = new Store();
  #rotations = 0;
  #kills = 0;

  /** The clock starts an hour behind that of the file system, so that all files are new, unless told otherwise. */
  constructor(context: NodeTestContext, aheadMs = -3_600_000) {
    this.folder = mkdtempSync(join(tmpdir(), 'tail-'));
    context.after(() => rmSync(this.folder, { recursive: true }));
    this.log = join(this.folder, 'app.log');
    this.positions = join(this.folder, 'app.pos');
    this.clock = new TestClock({ sec: Math.floor((Date.now() + aheadMs) / 1000), nsec: 0 });
  }

  start(given: Given = {}): Life {
    return this.startForgetful({ posFile: this.positions, ...given });
  }

  /** Starts an input that keeps no positions, unless it is told to. */
  startForgetful(given: Given): Life {
    return new Life(this.clock, this.store, {
      path: this.log,
      tag: 'app',
      readFromHead: true,
      enableStatWatcher: false,
      parse: rawParser({}),
      ...given,
    });
  }

  /** Kills a life: the next one finds the positions as they are now. */
  kill(life: Life): void {
    life.kill();
    this.store.held.length = 0;
    this.#kills += 1;
    const content = this.readPositions();
    this.positions = join(this.folder, `positions_${this.#kills}`);
    writeFileSync(this.positions, content);
  }

  write(text: string, path = this.log): void {
    appendFileSync(path, text);
  }

  /** Appends numbered lines. */
  writeLines(first: number, last: number, path = this.log): void {
    let text = '';
    for (let number = first; number <= last; number += 1) text += `${lineOf(number)}\n`;
    this.write(text, path);
  }

  /** Renames the log and stamps it, since the file system's clock cannot tell one rotation from the next. */
  rotate(name: string): void {
    const rotated = join(this.folder, name);
    renameSync(this.log, rotated);
    this.#rotations += 1;
    const seconds = Date.now() / 1000 + this.#rotations;
    utimesSync(rotated, seconds, seconds);
  }

  /** Resolves when the store has this many lines; fails when these are not lines 1 to `count`, each once. */
  async arrived(life: Life, count: number): Promise<void> {
    await life.until(() => this.store.lines.length >= count);
    assert.deepEqual(this.store.lines, numbered(1, count));
  }

  readPositions(): string {
    return existsSync(this.positions) ? readFileSync(this.positions, 'utf8') : '';
  }
}

/** Numbered lines, each unlike all others. */
export function numbered(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => lineOf(first + index));
}

export function lineOf(number: number): string {
  // Of many lengths, since the file system's clock cannot tell one writing from the next.
  return `line ${number} of the log${'.'.repeat((number * number) % 23)}`;
}

/** An event of one line or more, unlike all others. */
export function quoteOf(number: number): string {
  const more = Array.from({ length: number % 4 }, (_, line) => `  at ${number}:${line}\n`);
  return `> ${lineOf(number)}\n${more.join('')}`.trimEnd();
}
