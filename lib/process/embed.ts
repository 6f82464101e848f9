import { hostname } from 'node:os';
import process from 'node:process';
import { systemClock } from '../clock.ts';
import { openPipeline, type Pipeline } from '../graph/pipeline.ts';
import type { World } from '../graph/world.ts';
import { createLog, type Log, type LogLevel } from '../log.ts';
import { MetricRegistry } from '../metric/metric.ts';
import { Builder } from '../plan/builder.ts';
import type { Plan } from '../plan/plan.ts';
import type { Running, RunOptions, RunStats } from '../plan/running.ts';
import type { PipelineSettings } from '../plan/step.ts';
import { formatLogJson, formatLogText } from './log_format.ts';
import { streamSink } from './log_sink.ts';
import { readStats } from './run_stats.ts';
import { guardStream, type StandardStream } from './standard_stream.ts';

/** A new pipeline, to be built step by step and run inside of this program. */
export function pipeline(settings: PipelineSettings = {}): Builder {
  return new Builder({ run: runEmbedded }, settings);
}

/** Opens and starts a plan inside of a program: no signals are watched, and nothing ends the process. */
export async function runEmbedded(plan: Plan, options: RunOptions): Promise<Running> {
  const world = worldOf(plan, options);
  options.signal?.throwIfAborted();
  const running = new EmbeddedPipeline(plan, world, await openPipeline(plan, world));
  running.start(options.signal);
  return running;
}

class EmbeddedPipeline implements Running {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #pipeline: Pipeline;

  constructor(plan: Plan, world: World, opened: Pipeline) {
    this.#plan = plan;
    this.#world = world;
    this.#pipeline = opened;
  }

  start(signal: AbortSignal | undefined): void {
    this.#pipeline.start();
    if (signal?.aborted === true) this.stop();
    signal?.addEventListener('abort', () => this.stop(), { once: true });
  }

  get finished(): Promise<void> {
    return this.#pipeline.finished;
  }

  flush(): Promise<void> {
    return this.#pipeline.flush();
  }

  stats(): RunStats {
    return readStats(this.#plan, this.#world.metrics);
  }

  stop(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    return this.#pipeline.stop(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function worldOf(plan: Plan, options: RunOptions): World {
  const clock = options.clock ?? systemClock;
  return {
    clock,
    log: options.log ?? logOf(plan, options.logLevel),
    metrics: options.metrics ?? new MetricRegistry(),
    hostname: options.hostname ?? hostname(),
    workerId: 0,
    random: options.random ?? Math.random,
    timeZone: options.timeZone,
    print: options.print ?? ((text) => guarded('stdout').write(text)),
  };
}

function logOf({ system }: Plan, level: LogLevel | undefined): Log {
  const format = system.logFormat === 'json' ? formatLogJson : formatLogText;
  const sink = streamSink(guarded('stderr'), format, systemClock);
  return createLog(sink, level ?? system.logLevel ?? 'warn');
}

const streams = new Map<'stdout' | 'stderr', StandardStream>();

/** The process has one of each, however many pipelines run in it. */
function guarded(name: 'stdout' | 'stderr'): StandardStream {
  const known = streams.get(name) ?? guardStream(process[name]);
  streams.set(name, known);
  return known;
}
