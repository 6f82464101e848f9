import type { Clock } from '../clock.ts';
import type { AckLevel } from '../event/delivery.ts';
import type { Entry } from '../event/entry.ts';
import type { Log } from '../log.ts';
import type { MetricRegistry } from '../metric/metric.ts';
import type { Kind } from './contract.ts';
import type { PluginCall } from './define.ts';
import type { BufferSettings } from './read_buffer.ts';

/** The world that streams and pipelines of an embedding program run in; the real one where absent. */
export interface EmbeddingWorld {
  readonly metrics?: MetricRegistry | undefined;
  readonly clock?: Clock | undefined;
  /** 0 <= random() < 1 */
  readonly random?: (() => number) | undefined;
  readonly hostname?: string | undefined;
  /** The time zone of `localtime`. */
  readonly timeZone?: string | undefined;
  /** Writes what plugins print. Undefined while there is room, else a promise of room; it never rejects. */
  readonly print?: ((text: string | Uint8Array) => Promise<void> | undefined) | undefined;
}

/** What may be said of any plugin that is used by hand, as a stream. */
export interface StreamSettings extends EmbeddingWorld {
  /** What errors, receipts and log lines call it; `<kind>_<type>` unless given. */
  readonly id?: string | undefined;
  /** Gets each event that cannot be processed, and the stream goes on. Without it, the first one fails the stream. */
  readonly onError?: ((tag: string, entry: Entry, cause: Error) => void) | undefined;
  /** Warnings of the process (`process.emitWarning`) unless given. */
  readonly log?: Log | undefined;
}

/** What may be said of an input's stream. */
export interface InputStreamSettings extends StreamSettings {
  /** When an event counts as taken: once it lies in a buffer (`stored`, the default), or once it is delivered. */
  readonly ack?: AckLevel | undefined;
  /** Aborted, it stops the input: the stream gives what was read, and ends. */
  readonly signal?: AbortSignal | undefined;
}

/** How an output is to deliver. */
export interface DeliverySettings {
  readonly buffer?: BufferSettings | undefined;
  /** Where chunks go that the output could not deliver. */
  readonly secondary?: PluginCall<'output'> | undefined;
}

/** What may be said of an output's stream. */
export interface OutputStreamSettings extends StreamSettings, DeliverySettings {
  /** The folder for a buffer, dead letters and state that have no path of their own. */
  readonly rootDir?: string | undefined;
}

/** What may be said of a parser's stream. */
export interface DecodeSettings extends StreamSettings {
  /** The tag of the events; the parser's type unless given. */
  readonly tag?: string | undefined;
}

/** What may be said of the stream of each kind of plugin. */
export interface StreamSettingsOf {
  readonly input: InputStreamSettings;
  readonly output: OutputStreamSettings;
  readonly filter: StreamSettings;
  readonly operator: StreamSettings;
  readonly parser: DecodeSettings;
  readonly formatter: StreamSettings;
  readonly route: StreamSettings;
  readonly discovery: StreamSettings;
}

/** The id of a plugin that got none. */
export function idOf(plugin: { readonly kind: Kind; readonly type: string }): string {
  return `${plugin.kind}_${plugin.type}`;
}
