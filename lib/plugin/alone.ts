import type { Decoder } from '../stream/decode_stream.ts';
import type { RefuseEntry } from '../stream/filter_stream.ts';
import { Catalog } from './catalog.ts';
import type { PluginContext } from './context.ts';
import { contextAlone, makeAlone } from './context_alone.ts';
import type { Kind, Kinds } from './contract.ts';
import type { PluginCall } from './define.ts';
import { fillCall, type LoadPlugin } from './fill_defaults.ts';
import { OutputAlone, type OutputAloneSetup } from './output_alone.ts';
import { compileEntryReader } from './read_entries.ts';
import type { StreamSettings } from './stream_settings.ts';
import { TextSplitter } from './text_splitter.ts';

const catalog = new Catalog();
const load: LoadPlugin = (kind, type) => catalog.load(kind, type);

/**
 * What plugins that are used by hand need when their streams are first used: it is imported then, and a pipeline
 * never does.
 */
export const alone = { makeFilled, makeDecoder, outputAlone };

/** Makes a plugin that stands alone, with the plugins that are nested in it by default. */
async function makeFilled<K extends Kind>(
  call: PluginCall<K>,
  settings: StreamSettings,
  refuse: RefuseEntry,
): Promise<{ readonly made: Kinds[K]; readonly context: PluginContext }> {
  const filled = await fillCall(call, load);
  const context = contextAlone(filled.plugin, settings, refuse);
  return { made: makeAlone(filled, context), context };
}

/** Makes a parser that stands alone, with what cuts bytes into its texts. */
async function makeDecoder(
  call: PluginCall<'parser'>,
  settings: StreamSettings,
  refuse: RefuseEntry,
  tag: string,
): Promise<Decoder> {
  const { made: parser, context } = await makeFilled(call, settings, refuse);
  const { clock } = context;
  const read = compileEntryReader({
    parser,
    clock,
    refuse: (entry, cause) => refuse(tag, entry, cause),
  });
  return { splitter: parser.splitter?.() ?? new TextSplitter(parser), read };
}

/** What stands behind the stream of an output. */
function outputAlone(setup: Omit<OutputAloneSetup, 'load'>): OutputAlone {
  return new OutputAlone({ ...setup, load });
}
