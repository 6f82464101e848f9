import { defineOperator } from '../../../../../lib/plugin/define.ts';

export default defineOperator({
  type: 'black_hole',
  doc: 'Takes everything and never gives anything, not even its end.',
  options: {},
  create: () =>
    async function* (source) {
      for await (const _ of source);
      await new Promise(() => {});
    },
});
