import { captureParser } from '../../lib/plugin/captures.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { compileRecordRules } from '../../lib/plugin/parse_record.ts';
import { parserOptions, timeKeyOption, timeTypeOption } from '../../lib/plugin/time_options.ts';

/** The line, found at the beginning of any line of the text. The day of the week is no part of the time. */
const line =
  /(?<![^\n])\[[^ \n]* (?<time>[^\]\n]*)\] \[(?<level>[^\]\n]*)\](?: \[pid (?<pid>[^\]\n]*)\])?(?: \[client (?<client>[^\]\n]*)\])? (?<message>[^\n]*)/;

export default defineParser({
  type: 'apache_error',
  doc: 'Reads the error log of Apache: time, level, pid, client, message.',
  options: { timeKey: timeKeyOption, timeType: timeTypeOption, ...parserOptions },
  create: (options, context) => captureParser(line, compileRecordRules(options, context)),
});
