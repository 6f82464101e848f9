import { systemCode, toError } from '../error.ts';
import type { Log } from '../log.ts';
import { attribute } from './attribution.ts';

/** The part of `process` that tells of errors nobody caught. */
export interface StrayErrorSource {
  on(
    event: 'uncaughtException' | 'unhandledRejection',
    listener: (thrown: unknown) => void,
  ): unknown;
  off(
    event: 'uncaughtException' | 'unhandledRejection',
    listener: (thrown: unknown) => void,
  ): unknown;
}

/**
 * Keeps the process alive where errors that nobody caught are harmless, and calls `onFatal` where the
 * core's own state may be broken: then only a restart, which recovers from the buffers, is safe.
 */
export function watchStrayErrors(
  source: StrayErrorSource,
  log: Log,
  onFatal: (error: Error) => void,
): { stop(): void } {
  const onRejection = (thrown: unknown): void => {
    // A promise that nobody awaited leaves no frame half done: the code that should have awaited it goes on.
    report(log, 'a promise was rejected and nobody handled it', toError(thrown));
  };
  const onException = (thrown: unknown): void => {
    const error = toError(thrown);
    const isCore = report(log, 'an error was thrown and nobody caught it', error);
    if (isCore && systemCode(error) === undefined) onFatal(error);
  };
  source.on('unhandledRejection', onRejection);
  source.on('uncaughtException', onException);
  return {
    stop() {
      source.off('unhandledRejection', onRejection);
      source.off('uncaughtException', onException);
    },
  };
}

function report(log: Log, message: string, error: Error): boolean {
  const { file, plugin, isCore } = attribute(error);
  log.error(message, { plugin, file, error });
  return isCore;
}
