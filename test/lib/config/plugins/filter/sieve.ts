import { defineFilter } from '../../../../../lib/plugin/define.ts';

export default defineFilter({
  type: 'sieve',
  doc: 'A filter for tests.',
  options: {},
  create: () => (entry) => entry,
});
