import { defineFilter } from '../../../../../lib/plugin/define.ts';

export default defineFilter({
  type: 'picky',
  doc: 'Throws on events whose number is odd.',
  options: {},
  create: () => (entry) => {
    if (Number(entry.record['n']) % 2 === 1) throw new Error('odd');
    return entry;
  },
});
