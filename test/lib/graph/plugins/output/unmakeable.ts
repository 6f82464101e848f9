import { MillraceError } from '../../../../../lib/error.ts';
import { defineOutput } from '../../../../../lib/plugin/define.ts';

export default defineOutput({
  type: 'unmakeable',
  doc: 'Refuses its options.',
  options: {},
  buffer: { store: 'none' },
  create: () => {
    throw new MillraceError('MR_OPTION', 'these options do not fit together');
  },
});
