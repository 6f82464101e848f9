import { defineFilter } from '../../lib/plugin/define.ts';
import { makeLineFormatter } from '../../lib/plugin/formatter_options.ts';
import { compileInject, injectSection } from '../../lib/plugin/inject.ts';
import { nested } from '../../lib/plugin/nested.ts';

export default defineFilter({
  type: 'stdout',
  doc: 'Prints each event to the standard output and passes it on.',
  options: {
    format: nested('formatter', { doc: 'How events are printed.', default: 'stdout' }),
    inject: injectSection,
  },
  create({ format, inject }, context) {
    const print = makeLineFormatter(format, context, 'filter `stdout`');
    const injected = compileInject(inject, context);
    return (entry, tag) => {
      context.print(print(injected(entry, tag), tag));
      return entry;
    };
  },
});
