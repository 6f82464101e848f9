import { MillraceError } from '../../lib/error.ts';
import { boolean } from '../../lib/option/declare.ts';
import { defineOutput } from '../../lib/plugin/define.ts';

export default defineOutput({
  type: 'null',
  doc: 'Throws events away.',
  options: {
    neverFlush: boolean({
      doc: 'Fail every write instead, to see how a pipeline behaves behind an output that is down.',
      default: false,
    }),
  },
  buffer: { store: 'none' },
  create: ({ neverFlush }) => ({
    async write() {
      if (neverFlush)
        throw new MillraceError('MR_OUTPUT', 'output `null` fails: `never_flush` is set');
    },
  }),
});
