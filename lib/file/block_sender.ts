import type { Timer } from '../clock.ts';
import type { SharedLoan } from '../codec/byte_pool.ts';
import { MillraceError } from '../error.ts';
import type { Outcome } from '../event/delivery.ts';
import type { EmitBatch, MakeBatch } from './line_block.ts';
import type { LineFinder } from './line_finder.ts';
import type { Segment } from './low_water.ts';
import type { Pauses } from './pauses.ts';
import type { RosterSetup } from './roster_setup.ts';
import type { TailedFile } from './tailed_file.ts';

/** How long a settled position may wait for company before it is written. */
const saveDelayMs = 20;
const firstRetryMs = 1000;
const longestRetryMs = 60_000;

/** Emits blocks of lines and keeps account of how their batches are settled. */
export class BlockSender {
  readonly #setup: RosterSetup;
  readonly #makeBatch: MakeBatch;
  readonly #emit: EmitBatch;
  readonly #pauses: Pauses<TailedFile>;
  #unsettled = 0;
  #whenIdle: (() => void)[] = [];
  #saveTimer: Timer | undefined;

  constructor(
    setup: RosterSetup,
    pauses: Pauses<TailedFile>,
    makeBatch: MakeBatch,
    emit: EmitBatch,
  ) {
    this.#setup = setup;
    this.#pauses = pauses;
    this.#makeBatch = makeBatch;
    this.#emit = emit;
  }

  /** Emits the lines of a segment; resolves when there is room for more. `loan` is the memory of `bytes`, if it is used again. */
  async send(
    file: TailedFile,
    segment: Segment,
    bytes: Buffer,
    { lines, firsts }: LineFinder,
    loan?: SharedLoan,
  ): Promise<void> {
    const { meters, records } = this.#setup;
    const { path, source = '', generation: epoch } = file;
    const { begin, end } = segment;
    meters.lines.add(lines.count);
    const origin = { source, epoch, begin, end, low: records.securedLow(file) };
    const block = { path, bytes, lines, firsts, origin, loan };
    const batch = lines.count === 0 ? undefined : this.#makeBatch(block);
    if (batch === undefined) {
      this.skip(file, segment);
      return;
    }
    this.#unsettled += 1;
    batch.delivery.onSettled((outcome) => {
      this.#unsettled -= 1;
      this.#settle(file, segment, outcome);
      if (this.#unsettled === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
    });
    await this.#emit(batch);
  }

  /** A segment has nothing to emit. */
  skip(file: TailedFile, segment: Segment): void {
    this.#settle(file, segment, { ok: true });
  }

  /** Bytes that were emitted cannot be read again: what was in them is given up. */
  giveUp(file: TailedFile, segment: Segment): void {
    const { meters, log } = this.#setup;
    const lost = segment.end - segment.begin;
    meters.lostBytes.add(lost);
    log.warn(`${lost} bytes of \`${file.path}\` are lost: they were not stored and are gone`);
    this.#settle(file, segment, { ok: true });
  }

  /** Resolves when all that was emitted is settled. */
  idle(): Promise<void> {
    if (this.#unsettled === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Writes positions now and no more later. */
  stop(): void {
    this.#saveTimer?.cancel();
    this.#setup.records.save();
  }

  #settle(file: TailedFile, segment: Segment, outcome: Outcome): void {
    if (!outcome.ok) this.#fail(file, segment, outcome.cause);
    else {
      file.failures = 0;
      if (file.water.done(segment)) {
        this.#setup.records.update(file);
        this.#saveSoon();
      }
    }
    if (!file.isFull) return;
    file.isFull = false;
    this.#setup.onReady(file);
  }

  #fail(file: TailedFile, segment: Segment, cause: Error): void {
    const { clock, log, meters } = this.#setup;
    file.water.fail(segment);
    meters.repeatedBatches.add();
    const nowMs = clock.monotonicMs();
    if (nowMs >= file.pausedUntilMs) {
      const waitMs = Math.min(firstRetryMs * 2 ** file.failures, longestRetryMs);
      file.failures += 1;
      file.pausedUntilMs = nowMs + waitMs;
      const isFull = cause instanceof MillraceError && cause.code === 'MR_BUFFER_OVERFLOW';
      log[isFull ? 'info' : 'warn'](
        `lines of \`${file.path}\` were not stored: they are read again`,
        {
          error: cause,
          waitMs,
        },
      );
    }
    this.#pauses.pause(file, file.pausedUntilMs);
  }

  #saveSoon(): void {
    this.#saveTimer ??= this.#setup.clock.after(saveDelayMs, () => {
      this.#saveTimer = undefined;
      this.#setup.records.save();
    });
  }
}
