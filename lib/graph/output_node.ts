import { type OutputSink, openSink } from '../buffer/open_sink.ts';
import { secondaryStateFolder } from '../buffer/plan_buffer.ts';
import { type Clock, delay } from '../clock.ts';
import type { Log } from '../log.ts';
import type { OutputPlan } from '../plan/plan.ts';
import type { BufferStatus } from '../plugin/context.ts';
import type { Output, Receipt } from '../plugin/contract.ts';
import { chunkingOf } from '../plugin/read_buffer.ts';
import { OutputStream } from '../stream/output_stream.ts';
import { Outlet } from './outlet.ts';
import { type ContextSetup, makePlugin } from './plugin_context.ts';

/** An output of the graph: its plugin, its buffer, and the door that batches enter by. */
export class OutputNode {
  readonly id: string;
  readonly door: Outlet;
  readonly #plugins: readonly Output[];
  readonly #sink: OutputSink;
  readonly #log: Log;
  readonly #clock: Clock;

  /** Makes the plugin and opens the buffer with what an earlier run left in it; nothing is flushed yet. */
  static async open(plan: OutputPlan, setup: ContextSetup): Promise<OutputNode> {
    const { world } = setup;
    const log = world.log.child({ id: plan.id }, plan.logLevel);
    const { stateFolder } = plan;
    const chunking = plan.buffer === undefined ? undefined : chunkingOf(plan.buffer);
    const output = makePlugin(plan, { ...setup, stateFolder, chunking });
    const secondary =
      plan.secondary === undefined
        ? undefined
        : makePlugin(plan.secondary, {
            ...setup,
            stateFolder: secondaryStateFolder(stateFolder),
            chunking,
          });
    const labels = { output: plan.id };
    const delivered = world.metrics.counter(
      'millrace_output_delivered_events_total',
      'Events in delivered chunks.',
      labels,
    );
    let stream: OutputStream | undefined;
    const onReceipt = (receipt: Receipt): Promise<void> | undefined => {
      delivered.add(receipt.count);
      setup.receipts.post(receipt);
      world.watcher?.onReceipt?.(receipt);
      return stream?.receipt(receipt);
    };
    const sink = await openSink({
      id: plan.id,
      plan: plan.buffer,
      output,
      secondary,
      clock: world.clock,
      log,
      metrics: world.metrics,
      random: world.random,
      deadLetterFolder: plan.deadLetterFolder,
      timeZone: world.timeZone,
      onReceipt,
      errors: setup.errors,
    });
    const open = (): OutputStream => {
      stream = new OutputStream(sink);
      return stream;
    };
    const plugins = secondary === undefined ? [output] : [output, secondary];
    return new OutputNode(plan.id, plugins, sink, new Outlet(open, log), log, world.clock);
  }

  private constructor(
    id: string,
    plugins: readonly Output[],
    sink: OutputSink,
    door: Outlet,
    log: Log,
    clock: Clock,
  ) {
    this.id = id;
    this.door = door;
    this.#plugins = plugins;
    this.#sink = sink;
    this.#log = log;
    this.#clock = clock;
  }

  /** What its buffer holds; undefined without one. */
  get buffer(): BufferStatus | undefined {
    return this.#sink.isBuffer ? this.#sink.stats() : undefined;
  }

  /** Starts to flush. */
  start(): void {
    if (this.#sink.isBuffer) this.#sink.start();
  }

  /** From now on a batch that would have to wait is nacked instead, so that its source can stop. */
  refuseWaiting(): void {
    this.door.refuseWaiting();
    if (this.#sink.isBuffer) this.#sink.refuseWaiting();
  }

  storedEnds(source: string): readonly number[] {
    return this.#sink.isBuffer ? this.#sink.storedEnds(source) : [];
  }

  /** Resolves when everything taken before has been delivered, or has become dead letters. Never rejects. */
  async flush(): Promise<void> {
    try {
      await this.door.passed();
      await this.#sink.flush();
    } catch (thrown) {
      this.#log.error('an output could not be flushed', { error: thrown });
    }
  }

  /** Takes nothing more, makes safe what was taken, flushes if so configured, and closes the plugin. Never rejects. */
  async close(deadlineMs: number): Promise<void> {
    this.door.close();
    const endMs = this.#clock.monotonicMs() + deadlineMs;
    try {
      await this.#sink.close({ deadlineMs });
    } catch (thrown) {
      this.#log.error('what an output had taken could not be settled', { error: thrown });
    }
    // The plugin is closed in any case, and not waited for when it hangs.
    const closed = new AbortController();
    const closing = this.#closePlugins().finally(() => closed.abort());
    const leftMs = Math.max(0, endMs - this.#clock.monotonicMs());
    await Promise.race([closing, delay(this.#clock, leftMs, closed.signal)]);
    closed.abort();
  }

  async #closePlugins(): Promise<void> {
    try {
      for (const plugin of this.#plugins) await plugin.close?.();
    } catch (thrown) {
      this.#log.error('an output could not be closed', { error: thrown });
    }
  }
}
