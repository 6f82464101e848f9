import type { EntryFailure, FailureTaker } from '../buffer/direct_sink.ts';
import { type OutputSink, openSink } from '../buffer/open_sink.ts';
import { checkBuffer } from '../buffer/options.ts';
import { planFolders, secondaryStateFolder } from '../buffer/plan_buffer.ts';
import { toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { RefuseEntry } from '../stream/filter_stream.ts';
import type { OwnSink } from '../stream/lone_output_stream.ts';
import { checkTemplates } from './check_templates.ts';
import type { PluginContext } from './context.ts';
import { contextAlone, makeAlone } from './context_alone.ts';
import type { Output, Receipt } from './contract.ts';
import type { PluginCall } from './define.ts';
import { fillCall, type LoadPlugin } from './fill_defaults.ts';
import { chunkingOf, readBuffer } from './read_buffer.ts';
import { idOf, type OutputStreamSettings } from './stream_settings.ts';

/** What an output that stands alone is made of. */
export interface OutputAloneSetup {
  readonly call: PluginCall<'output'>;
  readonly settings: OutputStreamSettings;
  /** Finds the plugins that are nested by default. */
  readonly load: LoadPlugin;
  readonly refuse: RefuseEntry;
  readonly onReceipt: (receipt: Receipt) => Promise<void> | undefined;
}

/** What stands behind the stream of an output that is used by hand: its plugin and its buffer, opened and closed with the stream. */
export class OutputAlone implements OwnSink {
  readonly #setup: OutputAloneSetup;
  #sink: OutputSink | undefined;
  #plugins: readonly Output[] = [];

  constructor(setup: OutputAloneSetup) {
    this.#setup = setup;
  }

  /** @throws MR_OPTION and MR_BUFFER, as a pipeline with this output would at its start */
  async open(): Promise<void> {
    const { settings, load, refuse, onReceipt } = this.#setup;
    const { plugin, options } = await fillCall(this.#setup.call, load);
    const id = settings.id ?? idOf(plugin);
    const owner = { id, plugin, options, rootFolder: settings.rootDir };
    const plan = readBuffer(owner, settings.buffer);
    const faults =
      plan === undefined ? [] : [...checkBuffer(plan), ...checkTemplates(plugin, options, plan)];
    const [fault] = faults;
    if (fault !== undefined) throw fault;
    const { stateFolder, deadLetterFolder } = planFolders(id, plan, settings.rootDir);
    const chunking = plan === undefined ? undefined : chunkingOf(plan);
    const context = contextAlone(plugin, settings, refuse, { stateFolder, chunking });
    const output = makeAlone({ plugin, options }, context);
    const secondary = await this.#secondary(context);
    this.#plugins = secondary === undefined ? [output] : [output, secondary];
    const { clock, log, metrics, random, timeZone } = context;
    const errors = takerOf(refuse);
    const setup = { id, plan, output, secondary, clock, log, metrics, random, timeZone };
    this.#sink = await openSink({ ...setup, deadLetterFolder, onReceipt, errors });
    if (this.#sink?.isBuffer) this.#sink.start();
  }

  /** As in a pipeline: with an id and a folder of its own. */
  async #secondary({
    id,
    metrics,
    stateFolder,
    chunking,
  }: PluginContext): Promise<Output | undefined> {
    const { settings, load, refuse } = this.#setup;
    if (settings.secondary === undefined) return undefined;
    const call = await fillCall(settings.secondary, load);
    const own = { ...settings, id: `${id}.secondary`, metrics };
    const folder = secondaryStateFolder(stateFolder);
    return makeAlone(
      call,
      contextAlone(call.plugin, own, refuse, { stateFolder: folder, chunking }),
    );
  }

  append(batch: EventBatch): Promise<void> | undefined {
    return this.#sink?.append(batch);
  }

  async flush(): Promise<void> {
    await this.#sink?.flush();
  }

  async close(): Promise<void> {
    await this.#sink?.close({ deadlineMs: closeMs });
    for (const plugin of this.#plugins) await plugin.close?.();
  }
}

/** How long a stream that was destroyed settles what it has taken; one that was ended has nothing left. */
const closeMs = 5000;

/** Entries that failed, one by one. */
function takerOf(refuse: RefuseEntry): FailureTaker {
  return {
    offer(batch: EventBatch, failures: readonly EntryFailure[]) {
      const entries = batch.entries();
      try {
        failures.forEach(({ cause }, index) => {
          const entry = entries[index];
          if (entry !== undefined) refuse(batch.tag, entry, cause);
        });
        batch.delivery.ack();
      } catch (thrown) {
        batch.delivery.nack(toError(thrown));
      }
      return undefined;
    },
  };
}
