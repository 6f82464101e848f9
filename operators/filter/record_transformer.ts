import { parseJson } from '../../lib/codec/json.ts';
import { MillraceError, toError } from '../../lib/error.ts';
import type { Accessor } from '../../lib/event/accessor.ts';
import {
  copyRecord,
  type Entry,
  type EventRecord,
  type EventValue,
  getField,
  type MutableRecord,
  setField,
} from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import { compileTimeFormatter } from '../../lib/event/time_format.ts';
import { compileTimeParser } from '../../lib/event/time_parse.ts';
import type { Log } from '../../lib/log.ts';
import { accessors, array, boolean, custom, free, string } from '../../lib/option/declare.ts';
import { parseBoolean } from '../../lib/option/text.ts';
import { defineFilter } from '../../lib/plugin/define.ts';
import {
  compileTemplate,
  compileTextTemplate,
  isConstant,
  type TemplateScope,
  type TemplateSetting,
  tagParts,
} from '../../lib/plugin/record_template.ts';
import { zoneIn } from '../../lib/plugin/time_options.ts';

export default defineFilter({
  type: 'record_transformer',
  doc: 'Adds, changes and removes fields. Values may hold `${tag}`, `${tag_parts[0]}`, `${tag_prefix[1]}`, `${tag_suffix[-1]}`, `${hostname}`, `${time}` and `${record["field"]}`.',
  options: {
    record: free({
      doc: 'The fields to set. A value that is a JSON object or array becomes a map or list. Names may hold placeholders too.',
    }),
    renewRecord: boolean({ doc: 'Begin with an empty record.', default: false }),
    keepKeys: array({ doc: 'With `renew_record`: fields that are taken over.', default: [] }),
    removeKeys: accessors({
      doc: 'Fields to remove in the end: names, or paths such as `$.a.b`.',
      default: [],
    }),
    renewTimeKey: string({
      doc: 'The field of the new record whose seconds since 1970 become the time of the event.',
    }),
    autoTypecast: boolean({
      doc: 'A value that is one placeholder and nothing else keeps the type of what it names.',
      default: true,
    }),
    enableRuby: custom(
      {
        type: 'bool',
        fromText: refuseRuby,
        fromValue: (value: boolean) => refuseRuby(String(value)),
      },
      { doc: 'Ruby in placeholders is not supported: only false is allowed.', default: false },
    ),
  },
  create(options, context) {
    const { renewRecord, keepKeys, renewTimeKey } = options;
    if (keepKeys.length > 0 && !renewRecord) {
      throw new MillraceError(
        'MR_OPTION',
        'filter `record_transformer`: `keep_keys` needs `renew_record true`',
      );
    }
    const { log, hostname } = context;
    const zone = zoneIn({ localtime: undefined, utc: false, timezone: undefined }, context);
    const setting: TemplateSetting = {
      hostname,
      printTime: compileTimeFormatter({ ...zone, format: '%Y-%m-%d %H:%M:%S %z' }),
      keepsTypes: options.autoTypecast,
      onUnknown: (placeholder) => log.warn(`unknown placeholder \`${placeholder}\``),
    };
    const given = [...options.record].map(([key, text]) => [key, readValue(text, log)] as const);
    const fields = given.map(([key, value]) => ({
      key: compileTextTemplate(key, setting),
      value: compileTemplate(value, setting),
    }));
    const begin = compileBeginning(options);
    const remove = compileRemoval(options.removeKeys);
    const readTime = compileTimeParser({ type: 'float' });
    // One scope serves all events: a filter is synchronous.
    const scope: TemplateScope = { tag: tagParts(''), time: new EventTime(0, 0), record: {} };
    const isSetting = !renewRecord && renewTimeKey === undefined && options.removeKeys.length === 0;
    const isSame = isSetting && given.every(([key, value]) => isConstant(key) && isConstant(value));
    const sets = isSame
      ? fields.map(({ key, value }) => [key(scope), value(scope)] as const)
      : undefined;
    const transform = (entry: Entry, tag: string): Entry => {
      if (scope.tag.tag !== tag) scope.tag = tagParts(tag);
      scope.time = entry.time;
      scope.record = entry.record;
      const record = begin(entry.record);
      for (const { key, value } of fields) setField(record, key(scope), value(scope));
      const timeValue = renewTimeKey === undefined ? undefined : getField(record, renewTimeKey);
      const time = timeValue === undefined ? entry.time : readTime(timeValue);
      return { time, record: remove(record) };
    };
    return Object.assign(transform, { sets });
  },
});

function compileBeginning(options: {
  readonly renewRecord: boolean;
  readonly keepKeys: readonly string[];
}): (record: EventRecord) => MutableRecord {
  if (!options.renewRecord) return copyRecord;
  const { keepKeys } = options;
  return (record) => {
    const kept: MutableRecord = {};
    for (const key of keepKeys) {
      const value = getField(record, key);
      if (value !== undefined) setField(kept, key, value);
    }
    return kept;
  };
}

function compileRemoval(accessors: readonly Accessor[]): (record: EventRecord) => EventRecord {
  if (accessors.length === 0) return (record) => record;
  const plain = new Set(
    accessors.map(({ path }) => path).filter((path) => typeof path === 'string'),
  );
  const nested = accessors.filter(({ path }) => typeof path !== 'string');
  return (record) => {
    let rest = plain.size === 0 ? record : withoutFields(record, plain);
    for (const accessor of nested) rest = accessor.delete(rest).record;
    return rest;
  };
}

/** In one pass: `delete` would make every later read of the record slow. */
function withoutFields(record: EventRecord, names: ReadonlySet<string>): EventRecord {
  const rest: MutableRecord = {};
  for (const name of Object.keys(record)) {
    const value = record[name];
    if (!names.has(name) && value !== undefined) setField(rest, name, value);
  }
  return rest;
}

/** A JSON object or array is one; whatever else is a text, as is what only looks like one. */
function readValue(text: string, log: Log): EventValue {
  if (!text.startsWith('{') && !text.startsWith('[')) return text;
  try {
    return parseJson(text);
  } catch (error) {
    log.warn(`\`${text}\` is taken as a text: ${toError(error).message}`);
    return text;
  }
}

function refuseRuby(text: string): false {
  if (!parseBoolean(text)) return false;
  throw new MillraceError('MR_OPTION', 'expected false: there is no Ruby in Millrace', {
    hint: 'use the placeholders, or write a filter in TypeScript and load it with `-p`',
  });
}
