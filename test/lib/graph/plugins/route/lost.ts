import { defineRoute } from '../../../../../lib/plugin/define.ts';
import { nestedList } from '../../../../../lib/plugin/nested.ts';

export default defineRoute({
  type: 'lost',
  doc: 'Throws on every batch.',
  options: { store: nestedList('output', { doc: 'Never reached.' }) },
  branches: 'store',
  create: () => () => {
    throw new Error('no way on');
  },
});
