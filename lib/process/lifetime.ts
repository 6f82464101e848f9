import { toError } from '../error.ts';
import type { Log } from '../log.ts';
import { type SignalSource, watchSignals } from './signals.ts';
import { type StrayErrorSource, watchStrayErrors } from './stray_errors.ts';

/** What is run: opened already, not yet started. */
export interface Runnable {
  start(): void;
  /** Resolves when every input has ended by itself. */
  readonly finished: Promise<void>;
  flush(): Promise<void>;
  /** Stops inputs, drains, flushes, then closes outputs. */
  stop(): Promise<void>;
}

/** What the world outside may do to a run. */
export interface LifetimeSetup {
  readonly open: () => Promise<Runnable>;
  readonly outside: SignalSource & StrayErrorSource;
  readonly log: Log;
  /** Called once everything runs. */
  readonly onStarted?: () => void;
}

const longestIntervalMs = 2 ** 31 - 1;

/**
 * Runs until the inputs end by themselves or a signal comes, and resolves with the exit code: 0 after a
 * clean stop; 1 when it could not start or stop, was told twice, or its own state cannot be trusted any more.
 */
export async function runLifetime({
  open,
  outside,
  log,
  onStarted,
}: LifetimeSetup): Promise<number> {
  let end: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  let askToStop: () => void = () => {};
  const askedToStop = new Promise<void>((resolve) => {
    askToStop = resolve;
  });
  let runnable: Runnable | undefined;

  const signals = watchSignals(outside, {
    stop(signal) {
      log.info('stopping: inputs first, then buffers, then outputs', { signal });
      askToStop();
    },
    abort(signal) {
      log.warn('stopping at once: what is only in memory is lost', { signal });
      end(1);
    },
    flush() {
      log.info('flushing the buffers', { signal: 'SIGUSR1' });
      runnable?.flush().catch((error) => log.error('the flush failed', { error: toError(error) }));
    },
    reload(signal) {
      log.warn(`${signal} is ignored: reading the configuration again needs a restart`);
    },
  });
  const stray = watchStrayErrors(outside, log, () => {
    log.fatal('the core failed; ending at once, so that a restart recovers from the buffers');
    end(1);
  });

  // A pipeline without inputs may have nothing else that keeps the process: it still delivers what its buffers hold.
  const alive = setInterval(() => {}, longestIntervalMs);
  runThrough().then(end, (error) => {
    log.fatal('the pipeline failed', { error: toError(error) });
    end(1);
  });
  const code = await ended;
  clearInterval(alive);
  signals.stop();
  stray.stop();
  return code;

  async function runThrough(): Promise<number> {
    runnable = await open();
    runnable.start();
    onStarted?.();
    await Promise.race([askedToStop, runnable.finished]);
    await runnable.stop();
    log.info('stopped');
    return 0;
  }
}
