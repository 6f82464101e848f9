import { string } from '../../lib/option/declare.ts';
import { textParser } from '../../lib/plugin/captures.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { compileRecordRules, entryOfTexts } from '../../lib/plugin/parse_record.ts';
import { requestPath } from '../../lib/plugin/request_path.ts';
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
    return textParser((text, restore) => {
      const parts: (string | undefined)[] | null = line.exec(text);
      if (parts === null) return null;
      const target = parts[pathGroup];
      if (target !== undefined) parts[pathGroup] = requestPath(target);
      return [entryOfTexts(rules, names, parts, 1, restore)];
    });
  },
});
