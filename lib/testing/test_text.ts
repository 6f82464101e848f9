import { decodeUtf8 } from '../codec/text.ts';
import type { Entry, EventRecord } from '../event/entry.ts';
import type { GivenArguments, Shape } from '../option/option.ts';
import { Catalog } from '../plugin/catalog.ts';
import type { Formatter, Kind, Kinds, ParsedEntry, Parser } from '../plugin/contract.ts';
import { anyPlugin, type Plugin } from '../plugin/define.ts';
import { fillCall } from '../plugin/fill_defaults.ts';
import { readGiven } from '../plugin/read_given.ts';
import { TextSplitter } from '../plugin/text_splitter.ts';
import { entry, type TestTime } from './event.ts';
import { type TestContext, testContext } from './test_context.ts';

/** A parser alone. */
export interface TestParser extends Parser {
  /** What it found in a text, in order; what did not match is left out. @throws what the parser throws */
  entries(input: string | Uint8Array): readonly ParsedEntry[];
  /** What it found in lines, joined where the parser says that events have several. @throws likewise */
  lines(input: string | Uint8Array): readonly ParsedEntry[];
  readonly context: TestContext;
}

/** A formatter alone: called with a tag and a record it gives the text, or bytes where it is not UTF-8. */
export interface TestFormatter {
  (tag: string, record: EventRecord, time?: TestTime): string | Uint8Array;
  readonly formatter: Formatter;
  readonly context: TestContext;
}

/** Makes a plugin as a pipeline would, the plugins nested in it included. @throws MR_OPTION, MR_PLUGIN */
export async function makePlugin<K extends Kind, S extends Shape>(
  plugin: Plugin<K, S>,
  given: unknown,
  context: TestContext,
  catalog: Catalog = new Catalog(),
): Promise<Kinds[K]> {
  const any = anyPlugin(plugin);
  const options = readGiven(any, given ?? {});
  const load = catalog.load.bind(catalog);
  return context.make(await fillCall<K>({ plugin: any, options }, load));
}

/** Makes a parser. @throws MR_OPTION when its options do not fit together */
export async function testParser<S extends Shape>(
  plugin: Plugin<'parser', S>,
  ...[given, context = testContext()]: GivenArguments<S, [context?: TestContext]>
): Promise<TestParser> {
  const parser = await makePlugin(plugin, given, context);
  const entries = (input: string | Uint8Array): readonly ParsedEntry[] =>
    (parser.parse(input) ?? []).filter((parsed) => parsed !== null);
  const isFirstLine = parser.isFirstLine?.bind(parser);
  return {
    context,
    entries,
    lines: (input) => textsIn(input, parser).flatMap(entries),
    parse: (input) => parser.parse(input),
    ...(isFirstLine && { isFirstLine }),
  };
}

/** Makes a formatter. @throws MR_OPTION when its options do not fit together */
export async function testFormatter<S extends Shape>(
  plugin: Plugin<'formatter', S>,
  ...[given, context = testContext()]: GivenArguments<S, [context?: TestContext]>
): Promise<TestFormatter> {
  const formatter = await makePlugin(plugin, given, context);
  const format = (tag: string, record: EventRecord, time?: TestTime): string | Uint8Array => {
    const made: Entry = entry(record, time);
    return asText(formatter(made, tag));
  };
  return Object.assign(format, { formatter, context });
}

/** The texts that `decode` would give the parser. */
function textsIn(input: string | Uint8Array, parser: Parser): Uint8Array[] {
  const splitter = parser.splitter?.() ?? new TextSplitter(parser);
  splitter.push(Buffer.from(input));
  splitter.finish();
  const texts: Uint8Array[] = [];
  for (let text = splitter.next(); text !== undefined; text = splitter.next()) texts.push(text);
  return texts;
}

function asText(made: string | Uint8Array): string | Uint8Array {
  if (typeof made === 'string') return made;
  const text = decodeUtf8(made);
  return typeof text === 'string' ? text : made;
}
