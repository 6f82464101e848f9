import type { EventValue } from '../../lib/event/entry.ts';
import { string } from '../../lib/option/declare.ts';
import { textParser } from '../../lib/plugin/captures.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { toInteger } from '../../lib/plugin/field_types.ts';
import { compileRecordRules, finishRecord } from '../../lib/plugin/parse_record.ts';
import { requestPath } from '../../lib/plugin/request_path.ts';
import { parserOptions } from '../../lib/plugin/time_options.ts';

/**
 * The line, found at the beginning of any line of the text. Behind a backslash, a quote is part of what it
 * stands in. No part can match what the part before it also can, so that a line costs time in proportion to its
 * length only, whoever wrote it.
 */
const line =
  /(?<![^\n])([^ \n]*) [^ \n]* ([^ \n]*) \[([^\]\n]*)\] "((?:[^"\t-\r ]|(?<=\\)")+)(?: ((?:[^"]|(?<=\\)")*))?" ([^ ]*) ([^ ]*)(?: "((?:[^"]|(?<=\\)")*)" "((?:[^"]|(?<=\\)")*)")?(?![^\n])/;

export default defineParser({
  type: 'apache2',
  doc: 'Reads the access log of Apache, common or combined: host, user, time, method, path, code, size, referer, agent. Code and size are integers, and what the log has as `-` is null.',
  options: {
    ...parserOptions,
    timeFormat: string({
      doc: 'How the time is written, as for strptime.',
      default: '%d/%b/%Y:%H:%M:%S %z',
    }),
  },
  create(options, context) {
    const rules = compileRecordRules({ ...options, timeKey: 'time', timeType: 'string' }, context);
    return textParser((text, restore) => {
      const parts: (string | undefined)[] | null = line.exec(text);
      if (parts === null) return null;
      const [, host, user, time = '', method, target, code = '', size, referer, agent] = parts;
      const record = {
        host: known(host, restore),
        user: known(user, restore),
        time,
        method: restored(method, restore),
        path: restored(target === undefined ? undefined : requestPath(target), restore),
        code: toInteger(code) || null,
        size: size === undefined || size === '-' ? null : toInteger(size),
        referer: known(referer, restore),
        agent: known(agent, restore),
      };
      return [finishRecord(rules, record)];
    });
  },
});

type Restore = ((part: string) => EventValue) | undefined;

function known(part: string | undefined, restore: Restore): EventValue {
  return part === '-' ? null : restored(part, restore);
}

function restored(part: string | undefined, restore: Restore): EventValue {
  if (part === undefined) return null;
  return restore === undefined ? part : restore(part);
}
