import { givenTexts, keepGiven } from '../option/given_text.ts';
import type { Option, Parsed, Shape } from '../option/option.ts';
import type { Kind } from './contract.ts';
import type { AnyPlugin, PluginCall } from './define.ts';
import { readGiven } from './read_given.ts';

/** Finds a plugin by its type: a catalog's `load`. */
export type LoadPlugin = (kind: Kind, type: string) => Promise<AnyPlugin>;

/**
 * Options that `readGiven` has read, with each absent nested plugin that has a default type in its place; so
 * deep as plugins nest. As a configuration has it where it says nothing.
 * @throws MR_PLUGIN when a default cannot be loaded, MR_OPTION when it has required options
 */
export async function fillDefaults(
  shape: Shape,
  options: Parsed<Shape>,
  load: LoadPlugin,
): Promise<Parsed<Shape>> {
  const filled: [string, unknown][] = [];
  for (const [key, value] of Object.entries(options)) {
    const option = shape[key];
    filled.push([key, option === undefined ? value : await fill(option, value, load)]);
  }
  const whole: Parsed<Shape> = Object.fromEntries(filled);
  keepGiven(whole, givenTexts(options));
  return whole;
}

/** The same for a plugin that was called with its options. @throws likewise */
export async function fillCall<K extends Kind>(
  call: PluginCall<K>,
  load: LoadPlugin,
): Promise<PluginCall<K>> {
  const options = await fillDefaults(call.plugin.options, call.options, load);
  return { plugin: call.plugin, options };
}

async function fill(
  option: Option<unknown, unknown>,
  value: unknown,
  load: LoadPlugin,
): Promise<unknown> {
  if (option.form === 'plugin') {
    if (Array.isArray(value)) return Promise.all(value.map((call) => fillCall(call, load)));
    if (value !== undefined) return fillCall(asCall(value), load);
    if (option.defaultType === undefined) return undefined;
    const plugin = await load(asKind(option.kind), option.defaultType);
    return fillCall({ plugin, options: readGiven(plugin, {}) }, load);
  }
  if (option.form !== 'section' || value === undefined) return value;
  const { shape } = option;
  if (!Array.isArray(value)) return fillDefaults(shape, asParsed(value), load);
  return Promise.all(value.map((each) => fillDefaults(shape, each, load)));
}

/** `readGiven` has looked at the value by this very option; these three say so to the compiler. */
function asCall(value: unknown): PluginCall {
  return value as PluginCall;
}

function asParsed(value: unknown): Parsed<Shape> {
  return value as Parsed<Shape>;
}

function asKind(kind: string): Kind {
  return kind as Kind;
}
