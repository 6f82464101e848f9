import type { Duplex, Readable } from 'node:stream';
import { systemClock } from '../clock.ts';
import { MillraceError } from '../error.ts';
import { DecodeStream } from '../stream/decode_stream.ts';
import { EncodeStream } from '../stream/encode_stream.ts';
import { FilterStream, type RefuseEntry } from '../stream/filter_stream.ts';
import { InputStream } from '../stream/input_stream.ts';
import { LoneOutputStream } from '../stream/lone_output_stream.ts';
import { operatorStream } from '../stream/operator_stream.ts';
import type { alone } from './alone.ts';
import type { Kind, Kinds, Receipt } from './contract.ts';
import type { PluginCall } from './define.ts';
import { idOf, type StreamSettings, type StreamSettingsOf } from './stream_settings.ts';

/** What a plugin of each kind is as a Node stream. */
export interface Streams {
  /** Gives batches. */
  readonly input: Readable;
  /** Takes batches, gives receipts; nobody has to read them. */
  readonly output: Duplex;
  /** Takes batches, gives batches. */
  readonly filter: Duplex;
  readonly operator: Duplex;
  /** Takes bytes, gives batches. */
  readonly parser: Duplex;
  /** Takes batches, gives bytes. */
  readonly formatter: Duplex;
  /** A route only chooses among outputs of a pipeline: it is no stream. */
  readonly route: never;
  /** A discovery gives servers, not events: it is no stream. */
  readonly discovery: never;
}

let loading: Promise<typeof alone> | undefined;

/** The same promise for all: streams of one pipeline are made in their order, however long the import takes. */
function loadAlone(): Promise<typeof alone> {
  loading ??= import('./alone.ts').then((module) => module.alone);
  return loading;
}

/** Makes the stream of a plugin that is used by hand. The plugin is made, and files and sockets are opened, when the stream is first used. */
export function streamOf<K extends Kind>(
  call: PluginCall<K>,
  settings: StreamSettingsOf[K],
): Streams[K];
export function streamOf(call: PluginCall, settings: StreamSettings): Readable | Duplex {
  if (isCallOf('input', call)) return inputStream(call, settings);
  if (isCallOf('filter', call)) return filterStream(call, settings);
  if (isCallOf('operator', call)) return throughStream(call, settings);
  if (isCallOf('output', call)) return outputStream(call, settings);
  if (isCallOf('parser', call)) return decode(call, settings);
  if (isCallOf('formatter', call)) return encode(call, settings);
  const { kind, type } = call.plugin;
  const hint =
    kind === 'discovery'
      ? 'give it to an output as its `serviceDiscovery`'
      : 'use a pipeline with `copy`, `roundrobin` or `relabel`, or several outputs';
  throw new MillraceError('MR_PLUGIN', `${kind} \`${type}\` is no stream by itself`, { hint });
}

/** Bytes in, batches out: `pipeline(bytes, decode(json()), ...)`. A text is a line, or what the parser says. */
export function decode(
  call: PluginCall<'parser'>,
  settings: StreamSettingsOf['parser'] = {},
): Duplex {
  const tag = settings.tag ?? call.plugin.type;
  const refuse = refuseBy(call, settings, rethrow);
  return new DecodeStream(tag, async () => {
    const { makeDecoder } = await loadAlone();
    return makeDecoder(call, settings, refuse, tag);
  });
}

/** Batches in, bytes out: `pipeline(..., encode(ltsv()), writable)`. A batch counts as delivered once its bytes are handed on. */
export function encode(
  call: PluginCall<'formatter'>,
  settings: StreamSettingsOf['formatter'] = {},
): Duplex {
  const refuse = refuseBy(call, settings, rethrow);
  return new EncodeStream(() => make(call, settings, refuse), refuse);
}

function inputStream(call: PluginCall<'input'>, settings: StreamSettingsOf['input']): Readable {
  const { ack = 'stored', signal, clock = systemClock } = settings;
  const refuse = refuseBy(call, settings, (error) => stream.destroy(error));
  const stream: Readable = new InputStream({
    id: settings.id ?? idOf(call.plugin),
    make: () => make(call, settings, refuse),
    ack,
    signal,
    clock,
  });
  return stream;
}

function filterStream(call: PluginCall<'filter'>, settings: StreamSettings): Duplex {
  const refuse = refuseBy(call, settings, rethrow);
  return new FilterStream({
    id: settings.id ?? idOf(call.plugin),
    make: () => make(call, settings, refuse),
    refuse,
  });
}

function throughStream(call: PluginCall<'operator'>, settings: StreamSettings): Duplex {
  const refuse = refuseBy(call, settings, (error) => stream.destroy(error));
  const id = settings.id ?? idOf(call.plugin);
  const stream: Duplex = operatorStream(id, () => make(call, settings, refuse));
  return stream;
}

function outputStream(call: PluginCall<'output'>, settings: StreamSettingsOf['output']): Duplex {
  const refuse = refuseBy(call, settings, (error) => {
    stream.destroy(error);
    // Whoever could not process the event hears of it too, and does not acknowledge it.
    throw error;
  });
  const onReceipt = (receipt: Receipt): Promise<void> | undefined => stream.receipt(receipt);
  const stream: LoneOutputStream = new LoneOutputStream(async () => {
    const { outputAlone } = await loadAlone();
    return outputAlone({ call, settings, refuse, onReceipt });
  });
  return stream;
}

async function make<K extends Kind>(
  call: PluginCall<K>,
  settings: StreamSettings,
  refuse: RefuseEntry,
): Promise<Kinds[K]> {
  const { makeFilled } = await loadAlone();
  return (await makeFilled(call, settings, refuse)).made;
}

/** Gives entries that cannot be processed to `onError`; without it, the first one fails the stream. */
function refuseBy(
  { plugin }: PluginCall,
  settings: StreamSettings,
  fail: (error: MillraceError) => void,
): RefuseEntry {
  const id = settings.id ?? idOf(plugin);
  const refuse: RefuseEntry = (tag, _entry, cause) => {
    const message = `\`${id}\`: an event of \`${tag}\` cannot be processed: ${cause.message}`;
    const hint = 'with `onError` the stream goes on';
    fail(new MillraceError('MR_EVENT', message, { cause, hint, pluginId: id }));
  };
  return settings.onError ?? refuse;
}

function rethrow(error: MillraceError): void {
  throw error;
}

function isCallOf<K extends Kind>(kind: K, call: PluginCall): call is PluginCall<K> {
  return call.plugin.kind === kind;
}
