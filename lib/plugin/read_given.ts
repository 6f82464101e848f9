import { MillraceError } from '../error.ts';
import { keepGiven, textOfGiven } from '../option/given_text.ts';
import { nearest } from '../option/nearest.ts';
import type { Option, Parsed, Shape } from '../option/option.ts';
import type { AnyPlugin, PluginCall } from './define.ts';

/**
 * Reads options given as values in TypeScript. A nested plugin that is absent and has a default type stays
 * undefined: `fillDefaults` loads it.
 * @throws MR_OPTION naming the plugin, the option and what was expected
 */
export function readGiven(plugin: AnyPlugin, given: unknown): Parsed<Shape> {
  return readShape(plugin.options, given, `${plugin.kind} \`${plugin.type}\``);
}

/** The same by a shape alone; `owner` is what an error calls it. @throws MR_OPTION likewise */
export function readShape<S extends Shape>(shape: S, given: unknown, owner: string): Parsed<S> {
  if (!isObject(given))
    throw new MillraceError('MR_OPTION', `${owner}: expected an object of options`);
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(shape, key)) continue;
    const near = nearest(key, Object.keys(shape));
    const hint = near === undefined ? undefined : `did you mean \`${near}\`?`;
    throw new MillraceError('MR_OPTION', `\`${key}\` is not an option of ${owner}`, { hint });
  }
  const read: [string, unknown][] = [];
  const texts = new Map<string, string>();
  for (const [key, option] of Object.entries(shape)) {
    const value = given[key];
    const parsed = readOption(option, value, `${owner}: \`${key}\``);
    read.push([key, parsed]);
    if (option.form === 'value' && value !== undefined) {
      texts.set(key, textOfGiven(option, value, parsed));
    }
  }
  const options: Parsed<Shape> = Object.fromEntries(read);
  keepGiven(options, texts);
  // Each value was read by the option of its key.
  return options as Parsed<S>;
}

function readOption(option: Option<unknown, unknown>, given: unknown, owner: string): unknown {
  if (given === undefined) return absent(option, owner);
  switch (option.form) {
    case 'value':
      try {
        return option.parseValue(given);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new MillraceError('MR_OPTION', `${owner}: ${reason}`, { cause });
      }
    case 'section':
      return option.isRepeated
        ? asList(given, owner).map((each) => readShape(option.shape, each, owner))
        : readShape(option.shape, given, owner);
    case 'plugin':
      return option.isRepeated
        ? asList(given, owner).map((each) => asCall(each, option.kind, owner))
        : asCall(given, option.kind, owner);
    case 'free':
      if (!isObject(given))
        throw new MillraceError('MR_OPTION', `${owner}: expected an object of texts`);
      return new Map(Object.entries(given).map(([key, text]) => [key, String(text)]));
  }
}

function absent(option: Option<unknown, unknown>, owner: string): unknown {
  if (option.isRequired) throw new MillraceError('MR_OPTION', `${owner} is required`);
  if (option.form === 'value') return option.fallback;
  if (option.form === 'free') return new Map<string, string>();
  if (option.isRepeated) return [];
  return undefined;
}

function asList(given: unknown, owner: string): readonly unknown[] {
  if (Array.isArray(given)) return given;
  throw new MillraceError('MR_OPTION', `${owner}: expected a list`);
}

function asCall(given: unknown, kind: string, owner: string): PluginCall {
  if (isCall(given) && given.plugin.kind === kind) return given;
  throw new MillraceError(
    'MR_OPTION',
    `${owner}: expected a plugin of kind ${kind}, called with its options`,
  );
}

function isCall(given: unknown): given is PluginCall {
  return isObject(given) && typeof given['plugin'] === 'function' && isObject(given['options']);
}

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}
