import { MillraceError } from '../../lib/error.ts';
import type { Accessor } from '../../lib/event/accessor.ts';
import {
  copyRecord,
  type Entry,
  type EventRecord,
  type EventValue,
  type MutableRecord,
  RawString,
  setField,
} from '../../lib/event/entry.ts';
import { accessor, boolean, string } from '../../lib/option/declare.ts';
import type { ParsedEntry } from '../../lib/plugin/contract.ts';
import { defineFilter } from '../../lib/plugin/define.ts';
import { nested } from '../../lib/plugin/nested.ts';

export default defineFilter({
  type: 'parser',
  doc: 'Parses a field and puts what it finds in place of the record, or into it. A text with several events gives several.',
  options: {
    keyName: accessor({
      doc: 'The field to parse: a name, or a path such as `$.a.b`.',
      required: true,
    }),
    reserveData: boolean({
      doc: 'The other fields stay, and an event that cannot be parsed goes on as it is (besides going to `@ERROR`).',
      default: false,
    }),
    reserveTime: boolean({
      doc: 'The event keeps its time, whatever the text says.',
      default: false,
    }),
    removeKeyNameField: boolean({
      doc: 'With `reserve_data`: the field is removed once it is parsed.',
      default: false,
    }),
    injectKeyPrefix: string({ doc: 'What the names of the fields found begin with.' }),
    hashValueField: string({ doc: 'The field that gets what is found, as a map.' }),
    replaceInvalidSequence: boolean({
      doc: 'Bytes that are not UTF-8 are replaced by `?` before parsing. Otherwise a text with such bytes is not parsed.',
      default: false,
    }),
    emitInvalidRecordToError: boolean({
      doc: 'Events that cannot be parsed go to `@ERROR`. If false they are dropped, or go on with `reserve_data`.',
      default: true,
    }),
    parse: nested('parser', { doc: 'How the field is read.', required: true }),
  },
  create(options, context) {
    const { keyName, reserveData, reserveTime, emitInvalidRecordToError: tellsErrors } = options;
    const parser = context.make(options.parse);
    const merge = compileMerge(options);
    const removed = options.removeKeyNameField ? keyName : undefined;
    const name = nameOf(keyName);

    /** The event as it is, when it is to go on; otherwise the failure concerns it alone, and is thrown. */
    function refuse(entry: Entry, tag: string, cause: MillraceError): Entry | null {
      if (!reserveData) {
        if (tellsErrors) throw cause;
        return null;
      }
      if (tellsErrors) context.emitError(tag, entry, cause);
      return { time: entry.time, record: merge(entry.record, {}) };
    }

    function finish(entry: Entry, { time, record }: ParsedEntry, rest: EventRecord): Entry {
      return { time: reserveTime ? entry.time : (time ?? entry.time), record: merge(rest, record) };
    }

    function parse(entry: Entry, tag: string, value: EventValue): ReturnType<typeof filter> {
      const text = textIn(value, name, options.replaceInvalidSequence);
      const parsed = parser.parse(text) ?? [null];
      const rest = removed === undefined ? entry.record : removed.delete(entry.record).record;
      const [first] = parsed;
      if (parsed.length === 1 && first !== undefined) {
        return first === null
          ? refuse(entry, tag, notMatched(name, text))
          : finish(entry, first, rest);
      }
      return parsed.flatMap((each) => {
        if (each !== null) return finish(entry, each, rest);
        if (tellsErrors) context.emitError(tag, entry, notMatched(name, text));
        return reserveData ? { time: entry.time, record: merge(entry.record, {}) } : [];
      });
    }

    function filter(entry: Entry, tag: string): Entry | readonly Entry[] | null {
      const value = keyName.get(entry.record);
      if (value === undefined || value === null) {
        return refuse(entry, tag, new MillraceError('MR_EVENT', `there is no field \`${name}\``));
      }
      if (tellsErrors) return parse(entry, tag, value);
      try {
        return parse(entry, tag, value);
      } catch {
        // Told to nobody, as it was asked for; the graph counts it as dropped.
        return null;
      }
    }
    return filter;
  },
});

/** Puts the fields that were found into what is left of the record, or in its place. */
function compileMerge(options: {
  readonly reserveData: boolean;
  readonly injectKeyPrefix: string | undefined;
  readonly hashValueField: string | undefined;
}): (rest: EventRecord, found: EventRecord) => EventRecord {
  const { reserveData, injectKeyPrefix: prefix, hashValueField: field } = options;
  return (rest, found) => {
    const named = prefix === undefined ? found : withPrefix(found, prefix);
    const into: MutableRecord = reserveData ? copyRecord(rest) : {};
    if (field !== undefined) {
      setField(into, field, named);
      return into;
    }
    if (!reserveData) return named;
    for (const key of Object.keys(named)) setField(into, key, named[key] ?? null);
    return into;
  };
}

function withPrefix(record: EventRecord, prefix: string): EventRecord {
  const named: MutableRecord = {};
  for (const key of Object.keys(record)) setField(named, prefix + key, record[key] ?? null);
  return named;
}

/** @throws MR_EVENT when the value is no text, or has bytes that are not UTF-8 and must stay */
function textIn(value: EventValue, name: string, replaces: boolean): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  if (!(value instanceof RawString)) {
    const kind = typeof value === 'object' ? 'a list, a map or a time' : `a ${typeof value}`;
    throw new MillraceError('MR_EVENT', `the field \`${name}\` is ${kind}, not a text`);
  }
  if (replaces) return scrub(value);
  throw new MillraceError('MR_EVENT', `the field \`${name}\` has bytes that are not UTF-8`, {
    hint: 'set `replace_invalid_sequence true`',
  });
}

/** A U+FFFD that stands in the text itself stays. */
function scrub(value: RawString): string {
  const genuine = Buffer.from('\ufffd');
  const bytes = Buffer.from(value.bytes);
  const parts: string[] = [];
  let begin = 0;
  for (let at = 0; at !== -1; begin = at + genuine.length) {
    at = bytes.indexOf(genuine, begin);
    const part = new RawString(bytes.subarray(begin, at === -1 ? bytes.length : at));
    parts.push(part.toString().replaceAll('\ufffd', '?'));
    if (at === -1) break;
  }
  return parts.join('\ufffd');
}

const longestShown = 100;

function notMatched(name: string, text: string | Uint8Array): MillraceError {
  const shown = (typeof text === 'string' ? text : Buffer.from(text).toString()).slice(
    0,
    longestShown,
  );
  return new MillraceError('MR_EVENT', `the field \`${name}\` does not match: \`${shown}\``);
}

function nameOf({ path }: Accessor): string {
  return typeof path === 'string' ? path : path.join('.');
}
