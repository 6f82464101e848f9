import type { Entry } from '../event/entry.ts';
import { Fleet } from '../fleet/fleet.ts';
import { createLog, type LogLine } from '../log.ts';
import { MetricRegistry } from '../metric/metric.ts';
import type { PluginContext } from '../plugin/context.ts';
import type { Receipt } from '../plugin/contract.ts';
import { TestClock } from './test_clock.ts';

/** An entry that a plugin sent to `@ERROR`. */
export interface ErrorEvent {
  readonly tag: string;
  readonly entry: Entry;
  readonly cause: Error;
}

/** A plugin's context in a test, with what the plugin did to it. */
export interface TestContext extends PluginContext {
  readonly clock: TestClock;
  /** What went to `@ERROR`. */
  readonly errors: readonly ErrorEvent[];
  /** What was printed, as text. */
  readonly printed: readonly string[];
  /** Lets those who listen have a receipt. */
  deliver(receipt: Receipt): void;
  /** What was logged, at any level. */
  readonly logs: readonly LogLine[];
  /** Resolves with the first line that has this message, when it is there. */
  logged(message: string): Promise<LogLine>;
}

/** A context for making one plugin in a test: a clock that stands still, no folder, UTC, nothing shared. */
export function testContext(
  overrides: Partial<PluginContext> & { readonly clock?: TestClock } = {},
): TestContext {
  const errors: ErrorEvent[] = [];
  const printed: string[] = [];
  const listeners = new Set<(receipt: Receipt) => void>();
  const logs: LogLine[] = [];
  const logWaiters = new Set<(line: LogLine) => void>();
  const keepLine = (line: LogLine): void => {
    logs.push(line);
    for (const tell of logWaiters) tell(line);
  };
  const clock = overrides.clock ?? new TestClock();
  const metrics = overrides.metrics ?? new MetricRegistry();
  const log = createLog(keepLine, 'trace');
  const context: TestContext = {
    id: 'under_test',
    ...{ log, clock, metrics },
    hostname: 'localhost',
    workerId: 0,
    agentId: () => undefined,
    statuses: () => [],
    fleet: new Fleet({ path: undefined, clock, log, metrics }),
    timeZone: 'UTC',
    stateFolder: undefined,
    chunking: undefined,
    branches: [],
    // A nested plugin sees what its owner sees.
    make: (call) => call.plugin.create(call.options, context),
    emitError: (tag, entry, cause) => void errors.push({ tag, entry, cause }),
    print: (text) => void printed.push(typeof text === 'string' ? text : decode(text)),
    random: () => 0.5,
    receipts: (outputIds) => (listener) => {
      const listen = (receipt: Receipt): void => {
        if (outputIds === undefined || outputIds.includes(receipt.outputId)) listener(receipt);
      };
      listeners.add(listen);
      return () => void listeners.delete(listen);
    },
    storedEnds: () => [],
    errors,
    printed,
    deliver(receipt) {
      for (const listen of listeners) listen(receipt);
    },
    logs,
    async logged(message) {
      const found = logs.find((line) => line.message === message);
      if (found !== undefined) return found;
      return new Promise((resolve) => {
        logWaiters.add(function tell(line) {
          if (line.message !== message) return;
          logWaiters.delete(tell);
          resolve(line);
        });
      });
    },
    ...overrides,
  };
  return context;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
