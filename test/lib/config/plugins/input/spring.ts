import { duration, integer, section, string } from '../../../../../lib/option/declare.ts';
import { defineInput } from '../../../../../lib/plugin/define.ts';
import { nested } from '../../../../../lib/plugin/nested.ts';

export default defineInput({
  type: 'spring',
  doc: 'An input for tests.',
  options: {
    tag: string({ doc: 'The tag.', required: true }),
    readLinesLimit: integer({ doc: 'A number.', default: 1000 }),
    refreshInterval: duration({ doc: 'A time.', default: 60_000 }),
    sharedKey: string({ doc: 'A secret.', secret: true }),
    transport: section({ port: integer({ doc: 'A port.', default: 1 }) }, { doc: 'A section.' }),
    parse: nested('parser', { doc: 'How lines are read.' }),
  },
  create: () => ({ run: async () => {} }),
});
