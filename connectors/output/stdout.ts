import { defineOutput } from '../../lib/plugin/define.ts';
import { makeLineFormatter } from '../../lib/plugin/formatter_options.ts';
import { compileInject, injectSection } from '../../lib/plugin/inject.ts';
import { nested } from '../../lib/plugin/nested.ts';

export default defineOutput({
  type: 'stdout',
  doc: 'Prints events to the standard output of the process, as they come unless it has a `<buffer>`.',
  options: {
    inject: injectSection,
    format: nested('formatter', { doc: 'How an event is printed.', default: 'stdout' }),
  },
  buffer: { store: 'none' },
  create(options, context) {
    const format = makeLineFormatter(options.format, context, 'output `stdout`');
    const inject = compileInject(options.inject, context);
    return {
      format: (entry, tag) => format(inject(entry, tag), tag),
      async write(chunk) {
        for await (const bytes of chunk.bytes()) await context.print(bytes);
      },
    };
  },
});
