import { printJsonExactly } from '../../lib/codec/json_print.ts';
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
    return (entry) => joinText('', printJsonExactly(entry.record), newline);
  },
});
