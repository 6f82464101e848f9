import { string } from '../../../../../lib/option/declare.ts';
import { defineOutput } from '../../../../../lib/plugin/define.ts';

export default defineOutput({
  type: 'basin',
  doc: 'An output for tests.',
  options: { path: string({ doc: 'A path.' }) },
  buffer: { store: 'file', chunkKeys: ['time'], timekeyMs: 86_400_000, pathOption: 'path' },
  create: () => ({ write: async () => {} }),
});
