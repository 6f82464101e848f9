import { printJsonExactly } from '../../lib/codec/json_print.ts';
import type { Entry } from '../../lib/event/entry.ts';
import type { Memory, UndecodedEntries } from '../../lib/event/undecoded.ts';
import { oneOf } from '../../lib/option/declare.ts';
import { defineFormatter } from '../../lib/plugin/define.ts';
import { joinText, newlineOf, newlineOptions } from '../../lib/plugin/formatter_options.ts';

export default defineFormatter({
  type: 'json',
  doc: 'Writes the record of each event as a JSON object.',
  options: {
    jsonParser: oneOf(['oj', 'json', 'yajl'], {
      doc: 'Accepted for Fluentd, where it chooses a library.',
      default: 'oj',
    }),
    ...newlineOptions,
  },
  create(options) {
    const newline = newlineOf(options);
    const format = (entry: Entry): string | Uint8Array =>
      joinText('', printJsonExactly(entry.record), newline);
    return Object.assign(format, {
      formatAll: (entries: UndecodedEntries, memory?: Memory) => entries.printJson(newline, memory),
    });
  },
});
