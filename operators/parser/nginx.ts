import { accessColumns, scanAccessLine } from '../../lib/codec/access_line.ts';
import { string } from '../../lib/option/declare.ts';
import { textParser } from '../../lib/plugin/captures.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { compileRecordRules, entryOfTexts } from '../../lib/plugin/parse_record.ts';
import { requestPath } from '../../lib/plugin/request_path.ts';
import { scannedLines } from '../../lib/plugin/scanned_lines.ts';
import { parserOptions, timeKeyOption, timeTypeOption } from '../../lib/plugin/time_options.ts';

/**
 * The line, found at the beginning of any line of the text. No part can match what the part before it also can,
 * so that a line costs time in proportion to its length only, whoever wrote it.
 */
const line =
  /(?<![^\n])([^ ]*) ([^ ]*) ([^ ]*) \[([^\]]*)\] "([^"\t-\r ]+)(?: ([^"]*))?" ([^ ]*) ([^ ]*)(?: "([^"]*)" "([^"]*)"(?:[\t-\r ]+(?![\t-\r ])"?([^"]*)"?)?)?(?![^\n])/;

const names = [
  'remote',
  'host',
  'user',
  'time',
  'method',
  'path',
  'code',
  'size',
  'referer',
  'agent',
  'http_x_forwarded_for',
];
const pathGroup = 6;

const optional: readonly string[] = ['path', 'referer', 'agent', 'http_x_forwarded_for'];

/** What `scanAccessLine` finds, in the same order as `names`. */
const columns = names.map((name) =>
  name === 'time'
    ? undefined
    : { name, type: 'text' as const, isOptional: optional.includes(name) },
);

export default defineParser({
  type: 'nginx',
  doc: 'Reads the access log of nginx: remote, host, user, time, method, path, code, size, referer, agent, http_x_forwarded_for.',
  options: {
    timeKey: timeKeyOption,
    timeType: timeTypeOption,
    ...parserOptions,
    timeFormat: string({
      doc: 'How the time is written, as for strptime.',
      default: '%d/%b/%Y:%H:%M:%S %z',
    }),
  },
  create(options, context) {
    const rules = compileRecordRules(options, context);
    const { parse } = textParser((text, restore) => {
      const parts: (string | undefined)[] | null = line.exec(text);
      if (parts === null) return null;
      const target = parts[pathGroup];
      if (target !== undefined) parts[pathGroup] = requestPath(target);
      return [entryOfTexts(rules, names, parts, 1, restore)];
    });
    const { timeKey, keepsTimeKey, convert, readTime } = rules;
    if (timeKey !== 'time' || keepsTimeKey || convert !== undefined) return { parse };
    const { time: timeColumn } = accessColumns;
    return {
      parse,
      readLines: scannedLines({ scan: scanAccessLine, columns, timeColumn, readTime, parse }),
    };
  },
});
