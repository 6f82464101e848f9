import { string } from '../../lib/option/declare.ts';
import { captureParser } from '../../lib/plugin/captures.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { compileRecordRules } from '../../lib/plugin/parse_record.ts';
import { parserOptions, timeKeyOption, timeTypeOption } from '../../lib/plugin/time_options.ts';

/**
 * The line, found at the beginning of any line of the text. A quote in the request counts only behind a
 * backslash, and no part can match what the part before it also can, so that a line costs time in proportion
 * to its length only, whoever wrote it.
 */
const line =
  /(?<![^\n])(?<host>[^ \n]*) [^ \n]* (?<user>[^ \n]*) \[(?<time>[^\]\n]*)\] "(?<method>(?:[^"\t-\r ]|(?<=\\)")+)(?: +(?! )(?<path>(?:[^" ]|(?<=\\)")*) +(?! )(?:[^"\t-\r ]|(?<=\\)")*)?" (?<code>[^ ]*) (?<size>[^ ]*)(?: "(?<referer>[^"]*)" "(?<agent>[^"]*)")?(?![^\n])/;

export default defineParser({
  type: 'apache',
  doc: 'Reads the access log of Apache, common or combined: host, user, time, method, path, code, size, referer, agent, all of them texts.',
  options: {
    timeKey: timeKeyOption,
    timeType: timeTypeOption,
    ...parserOptions,
    timeFormat: string({
      doc: 'How the time is written, as for strptime.',
      default: '%d/%b/%Y:%H:%M:%S %z',
    }),
  },
  create: (options, context) => captureParser(line, compileRecordRules(options, context)),
});
