import type { SyslogHead, SyslogLine } from '../../lib/codec/syslog.ts';
import { readRfc3164, readRfc3164Words } from '../../lib/codec/syslog_rfc3164.ts';
import { isRfc5424, readRfc5424, readRfc5424Words } from '../../lib/codec/syslog_rfc5424.ts';
import { type EventValue, type MutableRecord, setField } from '../../lib/event/entry.ts';
import { compileTimeParser, type TimeParser } from '../../lib/event/time_parse.ts';
import { boolean, oneOf, string } from '../../lib/option/declare.ts';
import { textParser } from '../../lib/plugin/captures.ts';
import type { ParsedEntry } from '../../lib/plugin/contract.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { compileRecordRules, type RecordRules } from '../../lib/plugin/parse_record.ts';
import { parserOptions, timeTypeOption, zoneIn } from '../../lib/plugin/time_options.ts';

const usualFormats = ['%b %d %H:%M:%S', '%b %d %H:%M:%S.%N'];

export default defineParser({
  type: 'syslog',
  doc: 'Reads lines of syslog, as BSD and RFC 3164 have it or RFC 5424: pri, host, ident, pid, msgid, extradata, message.',
  options: {
    messageFormat: oneOf(['rfc3164', 'rfc5424', 'auto'], {
      doc: 'How the lines are written. `auto`: RFC 5424 where a line begins with a priority and a version, else RFC 3164.',
      default: 'rfc3164',
    }),
    withPriority: boolean({
      doc: 'The lines begin with a priority: `<13>`. It becomes the field `pri`.',
      default: false,
    }),
    parserEngine: oneOf(['regexp', 'string'], {
      doc: 'Fluentd’s two ways to read, which differ in what they take for the ident, and in what they let pass.',
      default: 'regexp',
      aliases: ['parserType'],
    }),
    supportColonlessIdent: boolean({
      doc: 'For the engine `string`: the first word is the ident also without a colon.',
      default: true,
    }),
    rfc5424TimeFormat: string({
      doc: 'How the time is written in lines of RFC 5424, as for strptime. One without a fraction is read too.',
      default: '%Y-%m-%dT%H:%M:%S.%L%z',
    }),
    timeType: timeTypeOption,
    ...parserOptions,
    timeFormat: string({
      doc: 'How the time is written, as for strptime. Default: `%b %d %H:%M:%S`, or `rfc5424_time_format`.',
    }),
  },
  create(options, context) {
    const { messageFormat, withPriority: hasPriority, timeFormat, timeType } = options;
    const zone = { ...zoneIn(options, context), clock: context.clock };
    const olderFormat = timeFormat ?? '%b %d %H:%M:%S';
    const newerFormat =
      messageFormat === 'rfc5424'
        ? (timeFormat ?? options.rfc5424TimeFormat)
        : options.rfc5424TimeFormat;
    const rules = compileRecordRules(
      { ...options, timeFormat: olderFormat, timeKey: 'time' },
      context,
    );
    const readNewerTime = compileTimeParser(
      timeType === 'string'
        ? { ...zone, type: 'mixed', format: newerFormat, fallbacks: ['%Y-%m-%dT%H:%M:%S%z'] }
        : { ...zone, type: timeType, format: newerFormat, fallbacks: options.timeFormatFallbacks },
    );
    const olderHead = {
      hasPriority,
      timeWords: wordsOf(olderFormat),
      hasUsualTime: usualFormats.includes(olderFormat),
      allowsColonlessIdent: options.supportColonlessIdent,
    };
    const newerHead: SyslogHead = { hasPriority, timeWords: wordsOf(newerFormat) };
    const isStrict = options.parserEngine === 'regexp';
    const readOlder = isStrict ? readRfc3164 : readRfc3164Words;
    const readNewer = isStrict ? readRfc5424 : readRfc5424Words;
    return textParser((text, restore) => {
      const isNewer = messageFormat === 'rfc5424' || (messageFormat === 'auto' && isRfc5424(text));
      const line = isNewer ? readNewer(text, newerHead) : readOlder(text, olderHead);
      if (line === null) return null;
      return [entryOf(line, rules, isNewer ? readNewerTime : rules.readTime, restore)];
    });
  },
});

function wordsOf(timeFormat: string): number {
  return timeFormat.split(/ +/).length;
}

const names = ['host', 'ident', 'pid', 'msgid', 'extradata', 'message'] as const;

function entryOf(
  line: SyslogLine,
  { keepsTimeKey, convert }: RecordRules,
  readTime: TimeParser,
  restore: ((part: string) => EventValue) | undefined,
): ParsedEntry {
  const record: MutableRecord = {};
  const time = readTime(line.time);
  if (line.pri !== undefined) setField(record, 'pri', converted('pri', line.pri, convert));
  for (const name of names) {
    const part = line[name];
    if (part === undefined) continue;
    const value = restore === undefined ? part : restore(part);
    setField(record, name, converted(name, value, convert));
  }
  if (keepsTimeKey) setField(record, 'time', converted('time', line.time, convert));
  return { time, record };
}

function converted(name: string, value: EventValue, convert: RecordRules['convert']): EventValue {
  return convert === undefined ? value : convert(name, value);
}
