import { gzipSync } from 'node:zlib';
import { LineTable } from '../../../lib/codec/line_table.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import json from '../../../operators/formatter/json.ts';
import jsonParser from '../../../operators/parser/json.ts';
import regexp from '../../../operators/parser/regexp.ts';
import type { InputKind } from '../inputs.ts';

/** What can be moved out of a pipeline: of whole lines it makes bytes to write. */
type Work = (lines: Buffer) => Uint8Array;

/** Work by its name, and the lines that it is for. */
export const works: Readonly<
  Record<string, { readonly input: InputKind; readonly begin: () => Work }>
> = {
  /** Lines that are never decoded, from JSON to JSON with one field more. */
  json: { input: 'json', begin: scanJson },
  /** A regular expression, records, and JSON of them. */
  regexp: { input: 'syslog', begin: parseSyslog },
  gzip: { input: 'json', begin: () => (lines) => gzipSync(lines) },
};

const now = new EventTime(0, 0);
const expression =
  /^(?<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?<host>\S+) (?<ident>[^[]+)\[(?<pid>\d+)\]: (?<message>.*)$/;

function scanJson(): Work {
  const { options, plugin } = jsonParser({ timeType: 'unixtime' });
  const parser = plugin.create(options, testContext());
  const table = new LineTable();
  return (bytes) => {
    table.fill(bytes, 0, 'byte');
    const read = parser.readLines?.({ bytes, table }, now);
    const more = read?.entries.withFields([['hostname', 'web-01']]);
    if (more === undefined) throw new Error('the lines were not taken as they are');
    return more.printJson('\n');
  };
}

function parseSyslog(): Work {
  const context = testContext();
  const parse = regexp({ expression, timeFormat: '%b %d %H:%M:%S', types: { pid: 'integer' } });
  const parser = parse.plugin.create(parse.options, context);
  const printing = json({});
  const format = printing.plugin.create(printing.options, context);
  const table = new LineTable();
  return (bytes) => {
    table.fill(bytes, 0, 'byte');
    let text = '';
    for (let line = 0; line < table.count; line += 1) {
      const parsed = parser.parse(bytes.toString('utf8', table.begin(line), table.end(line)));
      for (const each of parsed ?? []) {
        if (each !== null) text += format({ time: each.time ?? now, record: each.record }, 'a');
      }
    }
    return Buffer.from(text);
  };
}
