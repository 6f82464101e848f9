import { defineOutput } from '../../lib/plugin/define.ts';
import { nested } from '../../lib/plugin/nested.ts';

export default defineOutput({
  type: 'stdout',
  doc: 'Prints events to the standard output of the process, as they come unless it has a `<buffer>`.',
  options: {
    format: nested('formatter', { doc: 'How an event is printed.', default: 'stdout' }),
  },
  buffer: { store: 'none' },
  create: ({ format }, { make, print }) => ({
    format: make(format),
    async write(chunk) {
      for await (const bytes of chunk.bytes()) await print(bytes);
    },
  }),
});
