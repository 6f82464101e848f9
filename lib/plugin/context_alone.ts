import { hostname } from 'node:os';
import { systemClock } from '../clock.ts';
import { MillraceError, notMade } from '../error.ts';
import { Fleet } from '../fleet/fleet.ts';
import { createLog, type LogLine } from '../log.ts';
import { MetricRegistry } from '../metric/metric.ts';
import type { RefuseEntry } from '../stream/filter_stream.ts';
import type { PluginContext } from './context.ts';
import type { Kind, Kinds } from './contract.ts';
import type { AnyPlugin, PluginCall } from './define.ts';
import { idOf, type StreamSettings } from './stream_settings.ts';

/** What only some plugins that stand alone have. */
type Particulars = Partial<Pick<PluginContext, 'stateFolder' | 'chunking'>>;

/** The context of a plugin that stands alone, outside of any graph. `refuse` gets the entries that it reports. */
export function contextAlone(
  plugin: AnyPlugin,
  settings: StreamSettings,
  refuse: RefuseEntry,
  { stateFolder, chunking }: Particulars = {},
): PluginContext {
  const id = settings.id ?? idOf(plugin);
  const log = (settings.log ?? createLog(warnProcess, 'warn')).child({ id });
  const clock = settings.clock ?? systemClock;
  const metrics = settings.metrics ?? new MetricRegistry();
  const context: PluginContext = {
    ...{ id, log, clock, metrics },
    hostname: settings.hostname ?? hostname(),
    workerId: 0,
    agentId: () => undefined,
    statuses: () => [],
    fleet: new Fleet({ path: undefined, clock, log, metrics }),
    timeZone: settings.timeZone,
    random: settings.random ?? Math.random,
    stateFolder,
    chunking,
    branches: [],
    make: (call) => call.plugin.create(call.options, context),
    emitError: refuse,
    print: settings.print ?? printed,
    storedEnds: () => [],
    receipts: () => {
      const hint = 'count what the output’s own stream gives, or use a pipeline';
      throw new MillraceError('MR_PLUGIN', `\`${id}\` hears of no outputs outside of a pipeline`, {
        hint,
      });
    },
  };
  return context;
}

/** Makes a plugin of a call; what it throws gets the id in front, as in a pipeline. @throws MR_PLUGIN, or the code that it has */
export function makeAlone<K extends Kind>(
  { plugin, options }: PluginCall<K>,
  context: PluginContext,
): Kinds[K] {
  try {
    return plugin.create(options, context);
  } catch (thrown) {
    throw notMade(thrown, context.id);
  }
}

function warnProcess({ message, fields: { id, error } }: LogLine): void {
  const cause = error instanceof Error ? `: ${error.message}` : '';
  process.emitWarning(`${id}: ${message}${cause}`, { type: 'MillraceWarning' });
}

function printed(text: string | Uint8Array): Promise<void> | undefined {
  const { stdout } = process;
  if (stdout.write(text)) return undefined;
  return new Promise((resolve) => stdout.once('drain', () => resolve()));
}
