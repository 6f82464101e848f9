import type { GivenArguments, Parsed, Shape } from '../option/option.ts';
import type { Chunking, PluginContext } from './context.ts';
import type { BufferTraits, Kind, Kinds } from './contract.ts';
import { readGiven } from './read_given.ts';
import { type Streams, streamOf } from './stream_of.ts';
import type { StreamSettingsOf } from './stream_settings.ts';

/** What an author says of a plugin. */
export interface Definition<K extends Kind, S extends Shape> {
  /** The name in `@type`: the file's own name. */
  readonly type: string;
  /** What it does, in a sentence or two, for `millrace doc`. */
  readonly doc: string;
  readonly options: S;
  /** Makes the plugin. It opens nothing: what it needs is opened when it runs. @throws MR_OPTION when options do not fit together */
  readonly create: (options: Parsed<S>, context: PluginContext) => Kinds[K];
}

/** What an input or output may say of itself to a person. */
export interface HintTraits<S extends Shape> {
  /** Shell commands with which a person can send an event of `tag` to this input, or see what this output wrote: `run` prints them on a terminal. */
  hints?(options: Parsed<S>, tag: string): readonly string[];
}

/** What the graph must know of an output before it makes one. */
export interface OutputTraits<S extends Shape> {
  readonly buffer?: BufferTraits;
  /**
   * The texts that it will have chunks fill in, so that placeholders that do not fit the chunk keys are found
   * before anything is started. @throws MR_OPTION when options and chunk keys do not fit together
   */
  templates?(options: Parsed<S>, chunking: Chunking): readonly string[];
  /** Its templates need not name every chunk key: chunks of different keys may well meet. */
  readonly mayOmitKeys?: boolean;
}

/** Where a route's branches lead. */
export interface RouteTraits {
  /** The option (a `nestedList('output', ...)`) with the branches. Undefined: one branch, the label in `@label`. */
  readonly branches?: string;
  /** What a branch's section may say beside its output's options; a key `argument` takes the section's argument. */
  readonly branchOptions?: Shape;
}

/** What the plan must know of an operator before it makes one. */
export interface OperatorTraits {
  /** It takes batches apart, and acknowledges them before what it made of them is stored: nothing above it can wait for deliveries. */
  readonly losesLineage?: boolean;
}

/** What may stand in a `<filter>`. */
export type FilterPlugin = AnyPlugin<'filter'> | AnyPlugin<'operator'>;

/** A plugin that another one stands for, which one of its options names: `script`. */
export interface StandInTraits<S extends Shape> {
  readonly standIn?: {
    /** The option that names it. */
    readonly option: keyof S & string;
    /**
     * What the plan holds in its place. Paths are relative to `folder`. It may load code, but opens nothing.
     * @throws MR_PLUGIN saying what is wrong with what the option names
     */
    find(options: Parsed<S>, folder: string): Promise<PluginCall<'filter' | 'operator'>>;
  };
}

/** A plugin of whatever options: what the catalog gives and a plan holds. */
export interface AnyPlugin<K extends Kind = Kind>
  extends HintTraits<Shape>,
    OutputTraits<Shape>,
    OperatorTraits,
    StandInTraits<Shape>,
    RouteTraits {
  readonly kind: K;
  readonly type: string;
  readonly doc: string;
  readonly options: Shape;
  create(options: Parsed<Shape>, context: PluginContext): Kinds[K];
}

/**
 * A plugin with its options, not yet made: plain data in a plan. Made in TypeScript it may lack the default
 * plugins nested in it, which `fillDefaults` loads.
 */
export interface PluginCall<K extends Kind = Kind> {
  readonly plugin: AnyPlugin<K>;
  readonly options: Parsed<Shape>;
}

/** A plugin: called with options it gives a `PluginCall`, so that plugins nest as values in TypeScript. */
export interface Plugin<K extends Kind, S extends Shape>
  extends HintTraits<S>,
    OutputTraits<S>,
    OperatorTraits,
    StandInTraits<S>,
    RouteTraits {
  (...options: GivenArguments<S>): PluginCall<K>;
  readonly kind: K;
  readonly type: string;
  readonly doc: string;
  readonly options: S;
  create(options: Parsed<S>, context: PluginContext): Kinds[K];
  /**
   * The plugin as a Node stream, to be used by hand: `pipeline(tail.stream({...}), grep.stream({...}), file.stream({...}))`.
   * It is made, and its files and sockets are opened, when the stream is first used.
   * @throws MR_OPTION naming the option and what was expected
   */
  stream(...options: GivenArguments<S, [settings?: StreamSettingsOf[K]]>): Streams[K];
}

/** Defines an input: `<source>`. */
export function defineInput<S extends Shape>(
  definition: Definition<'input', S> & HintTraits<S>,
): Plugin<'input', S> {
  return define('input', definition);
}

/** Defines an output: `<match>` or `<store>`. */
export function defineOutput<S extends Shape>(
  definition: Definition<'output', S> & HintTraits<S> & OutputTraits<S>,
): Plugin<'output', S> {
  return define('output', definition);
}

/** Defines a filter: `<filter>`. */
export function defineFilter<S extends Shape>(
  definition: Definition<'filter', S> & StandInTraits<S>,
): Plugin<'filter', S> {
  return define('filter', definition);
}

/** Defines a stream operator: a `<filter>` that waits, windows or joins. */
export function defineOperator<S extends Shape>(
  definition: Definition<'operator', S> & OperatorTraits,
): Plugin<'operator', S> {
  return define('operator', definition);
}

/** Defines a parser: `<parse>`. */
export function defineParser<S extends Shape>(
  definition: Definition<'parser', S>,
): Plugin<'parser', S> {
  return define('parser', definition);
}

/** Defines a formatter: `<format>`. */
export function defineFormatter<S extends Shape>(
  definition: Definition<'formatter', S>,
): Plugin<'formatter', S> {
  return define('formatter', definition);
}

/** Defines a route: an output that passes batches on to branches. */
export function defineRoute<S extends Shape>(
  definition: Definition<'route', S> & RouteTraits,
): Plugin<'route', S> {
  return define('route', definition);
}

/** Defines a discovery: `<service_discovery>`. */
export function defineDiscovery<S extends Shape>(
  definition: Definition<'discovery', S>,
): Plugin<'discovery', S> {
  return define('discovery', definition);
}

function define<K extends Kind, S extends Shape>(
  kind: K,
  definition: Definition<K, S> &
    HintTraits<S> &
    OutputTraits<S> &
    OperatorTraits &
    StandInTraits<S> &
    RouteTraits,
): Plugin<K, S> {
  const call = (...[given = {}]: readonly unknown[]): PluginCall<K> => {
    const any = anyPlugin(plugin);
    return { plugin: any, options: readGiven(any, given) };
  };
  const stream = (...[given = {}, settings = {}]: readonly unknown[]): Streams[K] =>
    // The signature has checked the settings: an implementation of a conditional one sees nothing of it.
    streamOf(call(given), settings as StreamSettingsOf[K]);
  const plugin: Plugin<K, S> = Object.assign(call, { kind, stream, ...definition });
  return plugin;
}

/** Forgets a plugin's option types: whoever makes it has read its options by its own shape. */
export function anyPlugin<K extends Kind, S extends Shape>(plugin: Plugin<K, S>): AnyPlugin<K> {
  // `create` takes what `readGiven` and `readSection` give for the same shape, which no type can say.
  return plugin as unknown as AnyPlugin<K>;
}
