import { hostname } from 'node:os';
import { systemClock } from '../clock.ts';
import type { ConfigType } from '../config/load.ts';
import { loadPlan } from '../config/load_plan.ts';
import { printPlan } from '../config/print_plan.ts';
import { MillraceError } from '../error.ts';
import { openPipeline, type Pipeline } from '../graph/pipeline.ts';
import type { World } from '../graph/world.ts';
import { createLog, type Log, type LogLevel } from '../log.ts';
import { MetricRegistry } from '../metric/metric.ts';
import { Builder, type PlanEnds } from '../plan/builder.ts';
import type { Plan } from '../plan/plan.ts';
import type { Running, RunOptions, RunStats } from '../plan/running.ts';
import type { PipelineSettings } from '../plan/step.ts';
import { Catalog } from '../plugin/catalog.ts';
import { formatLogJson, formatLogText } from './log_format.ts';
import { streamSink } from './log_sink.ts';
import { readStats } from './run_stats.ts';
import { guardStream, type StandardStream } from './standard_stream.ts';

const ends: PlanEnds = {
  run: runEmbedded,
  print: (plan, { catalog = new Catalog() }, { showSecrets = false }) =>
    printPlan(plan, { catalog, showsSecrets: showSecrets }),
};

/** A new pipeline, to be built step by step and run inside of this program. */
export function pipeline(settings: PipelineSettings = {}): Builder {
  return new Builder(ends, settings);
}

/** Where a configuration comes from, besides its file. */
export interface FromConfigSettings extends PipelineSettings {
  /** By the ending of the file unless given: `.yaml` and `.yml` are YAML. */
  readonly type?: ConfigType | undefined;
  /** Unknown keys are faults instead of warnings. */
  readonly strict?: boolean | undefined;
}

/**
 * The pipeline of a configuration file, with all that it includes; more can be added to it in code. The file is
 * read when the pipeline is planned or run, which throws MR_PLAN with every fault, each with its place.
 */
export function fromConfig(path: string, settings: FromConfigSettings = {}): Builder {
  const { type, strict, ...more } = settings;
  const { catalog = new Catalog() } = more;
  const load = async (): Promise<Plan> => {
    const isStrict = strict === true;
    const { plan, faults } = await loadPlan(path, { catalog, isStrict, ...(type && { type }) });
    if (plan !== undefined) return plan;
    throw faultsIn(path, faults);
  };
  return new Builder(ends, more, [{ form: 'loaded', load }]);
}

function faultsIn(path: string, faults: readonly MillraceError[]): MillraceError {
  const list = faults.map((fault) => `\n- ${describeFault(fault)}`);
  const cause = faults.length === 1 ? faults[0] : new AggregateError(faults);
  const message = `${path} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:${list.join('')}`;
  return new MillraceError('MR_PLAN', message, { cause, at: faults[0]?.at });
}

function describeFault({ message, hint, at }: MillraceError): string {
  const place = at === undefined ? '' : `line ${at.line}: `;
  return hint === undefined ? `${place}${message}` : `${place}${message} (${hint})`;
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
  readonly #stopped = new AbortController();

  constructor(plan: Plan, world: World, opened: Pipeline) {
    this.#plan = plan;
    this.#world = world;
    this.#pipeline = opened;
  }

  start(signal: AbortSignal | undefined): void {
    this.#pipeline.start();
    if (signal?.aborted === true) this.stop();
    // A signal may outlive many pipelines: it is not to hold those that have stopped.
    signal?.addEventListener('abort', () => this.stop(), {
      once: true,
      signal: this.#stopped.signal,
    });
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
    this.#stopped.abort();
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
