import { defineRoute } from '../../lib/plugin/define.ts';

export default defineRoute({
  type: 'relabel',
  doc: 'Sends events on to the label named in `@label`.',
  options: {},
  create: () => (batch) => [{ branch: 0, batch }],
});
