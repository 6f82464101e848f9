import { printRuby } from '../../lib/codec/ruby_print.ts';
import { defineFormatter } from '../../lib/plugin/define.ts';
import { newlineOf, newlineOptions } from '../../lib/plugin/formatter_options.ts';

export default defineFormatter({
  type: 'hash',
  doc: 'Writes the record of each event as Ruby shows a hash: `{"a"=>1, "b"=>nil}`.',
  options: { ...newlineOptions },
  create(options) {
    const newline = newlineOf(options);
    return ({ record }) => printRuby(record) + newline;
  },
});
