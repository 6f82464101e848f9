import { accessColumns } from '../../lib/codec/access_line.ts';
import { scanApacheLine } from '../../lib/codec/apache_line.ts';
import type { FieldColumn } from '../../lib/codec/field_layout.ts';
import type { EventValue } from '../../lib/event/entry.ts';
import { string } from '../../lib/option/declare.ts';
import { textParser } from '../../lib/plugin/captures.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { toInteger } from '../../lib/plugin/field_types.ts';
import { compileRecordRules, finishRecord } from '../../lib/plugin/parse_record.ts';
import { requestPath } from '../../lib/plugin/request_path.ts';
import { scannedLines } from '../../lib/plugin/scanned_lines.ts';
import { parserOptions } from '../../lib/plugin/time_options.ts';

/**
 * The line, found at the beginning of any line of the text. Behind a backslash, a quote is part of what it
 * stands in. No part can match what the part before it also can, so that a line costs time in proportion to its
 * length only, whoever wrote it.
 */
const line =
  /(?<![^\n])([^ \n]*) [^ \n]* ([^ \n]*) \[([^\]\n]*)\] "((?:[^"\t-\r ]|(?<=\\)")+)(?: ((?:[^"]|(?<=\\)")*))?" ([^ ]*) ([^ ]*)(?: "((?:[^"]|(?<=\\)")*)" "((?:[^"]|(?<=\\)")*)")?(?![^\n])/;

/** What `scanApacheLine` finds. Without the time, and the name of the user that the client claims. */
const columns = [
  text('host'),
  undefined,
  text('user'),
  undefined,
  text('method'),
  text('path'),
  integer('code'),
  integer('size'),
  text('referer'),
  text('agent'),
  undefined,
];

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
    const { parse } = textParser((text, restore) => {
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
    const { keepsTimeKey, convert, readTime } = rules;
    if (keepsTimeKey || convert !== undefined) return { parse };
    const { time: timeColumn } = accessColumns;
    return {
      parse,
      readLines: scannedLines({ scan: scanApacheLine, columns, timeColumn, readTime, parse }),
    };
  },
});

function text(name: string): FieldColumn {
  return { name, type: 'text', isOptional: false };
}

function integer(name: string): FieldColumn {
  return { name, type: 'integer', isOptional: false };
}

type Restore = ((part: string) => EventValue) | undefined;

function known(part: string | undefined, restore: Restore): EventValue {
  return part === '-' ? null : restored(part, restore);
}

function restored(part: string | undefined, restore: Restore): EventValue {
  if (part === undefined) return null;
  return restore === undefined ? part : restore(part);
}
