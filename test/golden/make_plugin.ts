import assert from 'node:assert/strict';
import { MillraceError } from '../../lib/error.ts';
import { type EventRecord, type EventValue, Float, RawString } from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import type { Parsed, Shape, SourceSection, SourceValue } from '../../lib/option/option.ts';
import { Catalog } from '../../lib/plugin/catalog.ts';
import type { Kind, Kinds } from '../../lib/plugin/contract.ts';
import { readSection } from '../../lib/plugin/read_section.ts';
import { TestClock } from '../../lib/testing/test_clock.ts';
import { type TestContext, testContext } from '../../lib/testing/test_context.ts';
import type { GoldenCase } from './adaptor.ts';

/** Attributes and sections as the suites give them. */
export interface GoldenSection {
  readonly name?: string;
  readonly attrs?: { readonly [key: string]: string };
  readonly sections?: readonly GoldenSection[];
}

type Input = GoldenCase['in'];

/** The context that a case describes: its clock, zone and host. */
export function contextOf(input: Input): TestContext {
  const now = timeOf(input['now'] ?? [1_700_000_000, 0]);
  const { tz, hostname } = input;
  return testContext({
    clock: new TestClock(now),
    timeZone: typeof tz === 'string' ? tz : 'UTC',
    hostname: typeof hostname === 'string' ? hostname : 'localhost',
  });
}

const catalog = new Catalog();

/** Makes a plugin of attributes as in a configuration. @throws the first fault */
export async function makePlugin<K extends Kind>(
  kind: K,
  type: string,
  section: GoldenSection,
  context: TestContext,
): Promise<Kinds[K]> {
  const plugin = await catalog.load(kind, type);
  const options = await readOptions(plugin.options, section);
  return context.make<K>({ plugin, options });
}

/** Reads attributes and sections by a shape. @throws the first fault */
export function readOptions(shape: Shape, section: GoldenSection): Promise<Parsed<Shape>> {
  return readSection(shape, sourceOf(section), section.name ?? 'the plugin', {
    load: (kind, type) => catalog.load(kind, type),
    fault(fault) {
      throw fault;
    },
    unknown: () => {},
  });
}

function sourceOf({ name = '', attrs = {}, sections = [] }: GoldenSection): SourceSection {
  const values = Object.entries(attrs).map(([key, text]): [string, SourceValue] => [
    key,
    { text, keyAt: undefined, valueAt: undefined },
  ]);
  return {
    name,
    argument: '',
    at: undefined,
    argumentAt: undefined,
    values: new Map(values),
    sections: sections.map(sourceOf),
  };
}

/** Passes when `run` fails at the stage that the case names: a fault of the configuration comes from making the plugin. */
export async function assertStage(
  golden: GoldenCase,
  make: () => Promise<() => unknown>,
): Promise<void> {
  const stage = golden.error?.split(':')[0];
  if (stage === 'config') {
    await assert.rejects(make, MillraceError);
    return;
  }
  const run = await make();
  assert.throws(run, MillraceError);
}

/** `[sec, nsec]`, or whole seconds. */
export function timeOf(value: unknown): EventTime {
  if (typeof value === 'number') return new EventTime(value, 0);
  assert(Array.isArray(value));
  return new EventTime(Number(value[0]), Number(value[1]));
}

/** A record with the suites' marks for what JSON cannot say made into values. */
export function recordOf(value: unknown): EventRecord {
  return readMarks(value) as EventRecord;
}

function readMarks(value: unknown): EventValue {
  if (Array.isArray(value)) return value.map(readMarks);
  if (typeof value !== 'object' || value === null || value instanceof Float) {
    return value as EventValue;
  }
  const [[mark, marked] = []] = Object.entries(value);
  if (mark === '$bytes_hex') return new RawString(Buffer.from(String(marked), 'hex'));
  if (mark === '$event_time') return timeOf(marked);
  if (mark === '$float') return Number(marked);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, readMarks(field)]));
}

/** The other way round: a value as the suites write it. */
export function writeMarks(value: EventValue): unknown {
  if (value instanceof RawString || value instanceof Uint8Array) {
    const bytes = value instanceof RawString ? value.bytes : value;
    return { $bytes_hex: Buffer.from(bytes).toString('hex') };
  }
  if (value instanceof Float) return value;
  if (value instanceof EventTime) return { $event_time: [value.sec, value.nsec] };
  if (Array.isArray(value)) return value.map(writeMarks);
  if (typeof value === 'number' && !Number.isFinite(value)) return { $float: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, writeMarks(field)]));
}
