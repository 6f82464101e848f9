import { MillraceError, type Place, toError } from '../error.ts';
import { keepGiven } from '../option/given_text.ts';
import { nearest } from '../option/nearest.ts';
import type {
  Option,
  Parsed,
  PluginOption,
  Shape,
  SourceSection,
  SourceValue,
} from '../option/option.ts';
import { toSnake } from '../option/spelling.ts';
import type { Kind } from './contract.ts';
import type { AnyPlugin, PluginCall } from './define.ts';

/** What reading a section needs of its surroundings. */
export interface SectionReader {
  /** Finds a plugin; an unknown one is reported as a fault and gives undefined. */
  load(kind: Kind, type: string, at: Place | undefined): Promise<AnyPlugin | undefined>;
  fault(fault: MillraceError): void;
  /** A key or section that nobody asked for: a warning, or a fault under `--strict`. */
  unknown(fault: MillraceError): void;
}

/** Keys and sections, as a configuration spells them, that someone else reads: they are not unknown. */
export interface Reserved {
  readonly keys: readonly string[];
  readonly sections: readonly string[];
  /** A section that someone else reads, with its keys: one that stands outside of it by mistake gets a hint. */
  readonly inner?: { readonly section: string; readonly keys: readonly string[] };
}

const nothingReserved: Reserved = { keys: [], sections: [] };

/**
 * Reads a section of a configuration by a shape. Every fault is reported to the reader, none is thrown;
 * a value with a fault comes out as its default, so that the rest can be checked too.
 */
export async function readSection(
  shape: Shape,
  section: SourceSection,
  owner: string,
  reader: SectionReader,
  reserved: Reserved = nothingReserved,
): Promise<Parsed<Shape>> {
  const parsed: [string, unknown][] = [];
  const texts = new Map<string, string | null>();
  const moved = new Set<string>();
  for (const [key, option] of Object.entries(shape)) {
    if (!reserved.sections.includes(toSnake(key)))
      parsed.push([key, await readOption(key, option)]);
  }
  reportUnknown(shape, withoutKeys(section, moved), owner, reader, reserved);
  const options: Parsed<Shape> = Object.fromEntries(parsed);
  keepGiven(options, texts);
  return options;

  async function readOption(key: string, option: Option<unknown, unknown>): Promise<unknown> {
    if (option.form === 'value') {
      const found = findValue(section, key, option.aliases);
      if (found === undefined) return option.isRequired ? missing(key, option) : option.fallback;
      texts.set(key, found.text);
      if (found.text === null) return option.isRequired ? missing(key, option) : undefined;
      try {
        return option.parseText(found.text);
      } catch (thrown) {
        const why = option.isSecret ? 'its value is not right' : toError(thrown).message;
        const at = option.isSecret ? withoutValue(found.keyAt) : (found.valueAt ?? found.keyAt);
        reader.fault(fault(`\`${toSnake(key)}\` of ${owner} cannot be read`, at, why));
        return option.fallback;
      }
    }
    const found = section.sections.filter((each) => each.name === toSnake(key));
    const [first, second] = found;
    if (first === undefined && option.form === 'plugin') {
      const older = olderType(shape, section, option);
      if (older !== undefined) return readOlderPlugin(asKind(option.kind), older);
    }
    if (first === undefined && option.isRequired) return missing(key, option);
    if (option.form === 'free') return freeValues(found);
    if (!option.isRepeated && second !== undefined) {
      const message = `\`<${toSnake(key)}>\` of ${owner} may stand only once`;
      reader.fault(fault(message, second.at, 'put both into one section'));
    }
    const readOne = (each: SourceSection): Promise<unknown> =>
      option.form === 'section'
        ? readNested(option.shape, each, option.argument)
        : readPlugin(asKind(option.kind), each, option.defaultType);
    if (option.isRepeated) return Promise.all(found.map(readOne));
    if (first !== undefined) return readOne(first);
    if (option.form === 'plugin' && option.defaultType !== undefined) {
      return readPlugin(
        asKind(option.kind),
        emptySection(toSnake(key), section),
        option.defaultType,
      );
    }
    return undefined;
  }

  function readNested(
    inner: Shape,
    each: SourceSection,
    argument: string | undefined,
  ): Promise<Parsed<Shape>> {
    return readSection(inner, withArgument(each, argument), `<${each.name}> of ${owner}`, reader);
  }

  async function readPlugin(
    kind: Kind,
    each: SourceSection,
    defaultType: string | undefined,
  ): Promise<PluginCall | undefined> {
    const given = each.values.get('@type');
    const type = given?.text ?? (each.argument !== '' ? each.argument : defaultType);
    if (type === undefined) {
      reader.fault(
        fault(`\`<${each.name}>\` of ${owner} needs \`@type\``, each.at, `it names the ${kind}`),
      );
      return undefined;
    }
    const plugin = await reader.load(kind, type, given?.valueAt ?? each.argumentAt ?? each.at);
    if (plugin === undefined) return undefined;
    const inside = `${kind} \`${type}\``;
    return { plugin, options: await readSection(plugin.options, each, inside, reader) };
  }

  /** `format json` with the options of the parser or formatter beside it, as before there were sections for them. */
  async function readOlderPlugin(kind: Kind, older: SourceValue): Promise<PluginCall | undefined> {
    const text = older.text ?? '';
    const isExpression = kind === 'parser' && text.startsWith('/');
    const type = isExpression ? 'regexp' : text;
    moved.add('format');
    const plugin = await reader.load(kind, type, older.valueAt);
    if (plugin === undefined) return undefined;
    const values = new Map(isExpression ? [['expression', older]] : []);
    const own = new Set(keysOf(shape));
    for (const key of keysOf(plugin.options)) {
      const value = section.values.get(key);
      if (value === undefined || own.has(key)) continue;
      values.set(key, value);
      moved.add(key);
    }
    const inner = { ...emptySection('format', section), values };
    return {
      plugin,
      options: await readSection(plugin.options, inner, `${kind} \`${type}\``, reader),
    };
  }

  function missing(key: string, option: Option<unknown, unknown>): undefined {
    if (section.isDamaged === true) return undefined;
    const name = option.form === 'value' ? toSnake(key) : `<${toSnake(key)}>`;
    reader.fault(fault(`${owner} needs \`${name}\``, section.at, option.doc));
    return undefined;
  }
}

/** The keys of lines, as a configuration spells them, that a shape knows. */
function keysOf(shape: Shape): readonly string[] {
  return Object.entries(shape).flatMap(([key, option]) =>
    option.form === 'value' ? [key, ...option.aliases].map(toSnake) : [],
  );
}

/** The line `format` that names a parser or formatter, where that has no section and the line means nothing else. */
function olderType(
  shape: Shape,
  section: SourceSection,
  option: PluginOption<unknown, unknown>,
): SourceValue | undefined {
  if (option.isRepeated || (option.kind !== 'parser' && option.kind !== 'formatter'))
    return undefined;
  return keysOf(shape).includes('format') ? undefined : section.values.get('format');
}

function withoutKeys(section: SourceSection, keys: ReadonlySet<string>): SourceSection {
  if (keys.size === 0) return section;
  const rest = [...section.values].filter(([key]) => !keys.has(key));
  return { ...section, values: new Map(rest) };
}

function reportUnknown(
  shape: Shape,
  section: SourceSection,
  owner: string,
  reader: SectionReader,
  reserved: Reserved,
): void {
  const keys = keysOf(shape);
  const sections = Object.entries(shape).flatMap(([key, option]) =>
    option.form === 'value' ? [] : [toSnake(key)],
  );
  const known = new Set([...keys, ...reserved.keys]);
  for (const [key, value] of section.values) {
    if (known.has(key) || key.startsWith('@')) continue;
    if (isBeyondNumbered(key, known)) {
      const message = `\`${key}\` of ${owner} has a number that is not 1 to 20`;
      reader.fault(fault(message, value.keyAt));
      continue;
    }
    const hint = hintForKey(key, [...known], reserved.inner);
    reader.unknown(fault(`\`${key}\` is not an option of ${owner}`, value.keyAt, hint));
  }
  const knownSections = [...sections, ...reserved.sections];
  for (const each of section.sections) {
    if (knownSections.includes(each.name)) continue;
    const near = nearest(each.name, knownSections);
    const hint = near === undefined ? undefined : `did you mean \`<${near}>\`?`;
    reader.unknown(fault(`\`<${each.name}>\` is not a section of ${owner}`, each.at, hint));
  }
}

/** `format21` where there are `format1` to `format20`: nobody means it to be passed over. */
function isBeyondNumbered(key: string, known: ReadonlySet<string>): boolean {
  const name = /^(.*\D)\d+$/.exec(key)?.[1];
  return name !== undefined && known.has(`${name}1`) && known.has(`${name}20`);
}

function hintForKey(
  key: string,
  known: readonly string[],
  inner: Reserved['inner'],
): string | undefined {
  const near = nearest(key, known);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  const inside = inner === undefined ? undefined : nearest(key, inner.keys);
  if (inner === undefined || inside === undefined) return undefined;
  return `\`${inside}\` belongs in \`<${inner.section}>\``;
}

/** The place of a key whose line holds a secret. */
function withoutValue(keyAt: Place | undefined): Place | undefined {
  if (keyAt === undefined) return undefined;
  return { ...keyAt, source: `${keyAt.source.slice(0, keyAt.column - 1 + keyAt.length)} xxxxxx` };
}

/** A plugin option's kind is one of the kinds: `nested` and `nestedList` see to it. */
function asKind(kind: string): Kind {
  // lib/option cannot name the kinds, which are a row above it.
  return kind as Kind;
}

function findValue(
  section: SourceSection,
  key: string,
  aliases: readonly string[],
): SourceValue | undefined {
  for (const name of [key, ...aliases]) {
    const value = section.values.get(toSnake(name));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Sections of the same name count as one: of a key that stands in several, the last value. */
function freeValues(sections: readonly SourceSection[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const section of sections) {
    for (const [key, value] of section.values) {
      if (value.text !== null) texts.set(key, value.text);
    }
  }
  return texts;
}

function withArgument(section: SourceSection, key: string | undefined): SourceSection {
  if (key === undefined || section.argument === '') return section;
  const value: SourceValue = {
    text: section.argument,
    keyAt: section.argumentAt,
    valueAt: section.argumentAt,
  };
  return { ...section, values: new Map([...section.values, [toSnake(key), value]]) };
}

function emptySection(name: string, parent: SourceSection): SourceSection {
  return {
    name,
    argument: '',
    at: parent.at,
    argumentAt: undefined,
    values: new Map(),
    sections: [],
  };
}

function fault(message: string, at: Place | undefined, hint?: string): MillraceError {
  return new MillraceError('MR_OPTION', message, { at, hint });
}
