import { hostname } from 'node:os';
import { systemClock } from '../clock.ts';
import { openPipeline } from '../graph/pipeline.ts';
import type { World } from '../graph/world.ts';
import { createLog, type Log, type LogLevel, logLevels } from '../log.ts';
import { MetricRegistry } from '../metric/metric.ts';
import type { Plan } from '../plan/plan.ts';
import { runLifetime } from './lifetime.ts';
import { formatLogJson, formatLogText } from './log_format.ts';
import { streamSink } from './log_sink.ts';
import type { StandardStream } from './standard_stream.ts';

/** How a plan is run as this process. */
export interface RunSetup {
  readonly out: StandardStream;
  readonly err: StandardStream;
  /** Steps by which the log is more (positive) or less (negative) talkative than the configuration says. */
  readonly verbosity: number;
  /** Called once everything runs. */
  readonly onStarted?: () => void;
}

/** Runs a plan as this process, with its signals, clock and standard streams; resolves with the exit code. */
export async function runPlan(plan: Plan, setup: RunSetup): Promise<number> {
  const { logFormat, logLevel } = plan.system;
  const format = logFormat === 'json' ? formatLogJson : formatLogText;
  const sink = streamSink(setup.err, format, systemClock);
  const log = createLog(sink, shiftLevel(logLevel ?? 'info', setup.verbosity));
  const world: World = {
    clock: systemClock,
    log,
    metrics: new MetricRegistry(),
    hostname: hostname(),
    workerId: 0,
    random: Math.random,
    timeZone: undefined,
    print: printTo(setup.out, log),
  };
  return runLifetime({
    open: () => openPipeline(plan, world),
    outside: process,
    log,
    onStarted() {
      log.info('running', { pid: process.pid, inputs: plan.inputs.length });
      if (plan.inputs.length === 0) {
        log.warn('there is no <source>: only what the buffers still hold is delivered');
      }
      setup.onStarted?.();
    },
  });
}

/** Says so when what is printed cannot be read by anybody: at the first time, then ever more seldom. */
function printTo(out: StandardStream, log: Log): World['print'] {
  let tolerated = 0;
  return (text) => {
    const room = out.write(text);
    if (out.dropped > tolerated) {
      tolerated = out.dropped * 2;
      log.warn('standard output is closed or its reader too slow: what was printed is dropped', {
        dropped: out.dropped,
      });
    }
    return room;
  };
}

function shiftLevel(level: LogLevel, verbosity: number): LogLevel {
  const wanted = logLevels.indexOf(level) - verbosity;
  const within = Math.min(Math.max(wanted, 0), logLevels.length - 1);
  return logLevels[within] ?? level;
}
