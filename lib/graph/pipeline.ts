import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, delay } from '../clock.ts';
import { errorLabel, logLabel, type Plan } from '../plan/plan.ts';
import { buildGraph, type Graph } from './build.ts';
import { DeadLetterResort } from './dead_letter_resort.ts';
import { LogTap } from './log_tap.ts';
import type { World } from './world.ts';

/** A running pipeline. */
export interface Pipeline {
  /** Starts the outputs, then the inputs. */
  start(): void;
  /** Resolves when every input has ended by itself (never, while one goes on). */
  readonly finished: Promise<void>;
  /**
   * Resolves when everything that inputs gave before has been delivered, or has become dead letters. What an operator
   * keeps for later, such as an open window, is not waited for.
   */
  flush(): Promise<void>;
  /** Stops the inputs, lets what they gave run through, makes it safe in the buffers and closes the outputs. Never rejects. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>;
}

const usualDeadlineMs = 30_000;
const graceMs = 1000;
const inputsShare = 2 / 3;

/** Makes a pipeline of a plan: plugins are made and buffers opened, nothing runs yet. @throws MillraceError with the place of the node that cannot be made */
export async function openPipeline(plan: Plan, outer: World): Promise<Pipeline> {
  const dropped = outer.metrics.counter(
    'millrace_own_log_dropped_total',
    'Lines of the own log that did not reach @FLUENT_LOG.',
  );
  const tap = new LogTap(outer.clock, dropped);
  const hasLogLabel = plan.labels.some((label) => label.name === logLabel);
  const world = hasLogLabel ? { ...outer, log: outer.log.tapped(tap.sink) } : outer;
  const folder = plan.system.rootFolder ?? join(tmpdir(), 'millrace');
  const deadLetterFolder = join(folder, 'worker0', errorLabel, 'dead_letter');
  const lastResort = world.lastResort ?? new DeadLetterResort(deadLetterFolder, world.clock);
  const graph = await buildGraph(plan, world, lastResort, outer.log);
  tap.connect(graph.labels.get(logLabel));
  return new RunningPipeline(graph, world.clock, tap);
}

class RunningPipeline implements Pipeline {
  readonly finished: Promise<void>;
  readonly #graph: Graph;
  readonly #clock: Clock;
  readonly #tap: LogTap;
  #finish: () => void = () => {};
  #stopping: Promise<void> | undefined;

  constructor(graph: Graph, clock: Clock, tap: LogTap) {
    this.#graph = graph;
    this.#clock = clock;
    this.#tap = tap;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  start(): void {
    for (const output of this.#graph.outputs) output.start();
    for (const operator of this.#graph.operators) operator.start();
    const running = this.#graph.inputs.map((input) => input.start());
    if (running.length > 0) Promise.all(running).then(() => this.#finish());
  }

  async flush(): Promise<void> {
    // They stand in the order of the flow: what one has passed on, the next one has been offered.
    for (const operator of this.#graph.operators) await operator.caughtUp();
    await Promise.all(this.#graph.outputs.map((output) => output.flush()));
  }

  stop({ deadlineMs = usualDeadlineMs } = {}): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs);
    return this.#stopping;
  }

  async #stop(deadlineMs: number): Promise<void> {
    const clock = this.#clock;
    const { inputs, operators, outputs, awaited, fleet } = this.#graph;
    const endMs = clock.monotonicMs() + deadlineMs;
    const expiry = new AbortController();
    // An input that hangs must not cost the outputs their time.
    const inputsMs = deadlineMs * inputsShare;
    const timer = clock.after(inputsMs, () => expiry.abort(), { keepAlive: false });
    const stopping = Promise.all(inputs.map((input) => input.stop(expiry.signal)));
    for (const output of outputs) output.refuseWaiting();
    await this.#withGrace(stopping);
    for (const { door } of outputs) door.admitWaiting();
    for (const operator of operators) await operator.end(expiry.signal);
    for (const output of awaited) output.flush();
    await stopping;
    this.#tap.connect(undefined);
    this.#finish();
    const leftMs = Math.max(0, endMs - clock.monotonicMs());
    await Promise.all(outputs.map((output) => output.close(leftMs)));
    fleet.close();
    timer.cancel();
  }

  /**
   * Inputs that have stopped to read may still wait for what they gave: an operator may hold it, or a buffer
   * whose flush is not due. Those are asked for it when the inputs have not ended by themselves in a while.
   */
  async #withGrace(stopping: Promise<unknown>): Promise<void> {
    const stopped = new AbortController();
    stopping.then(() => stopped.abort());
    await delay(this.#clock, graceMs, stopped.signal);
  }
}
