import { defineOperator } from '../../../../../lib/plugin/define.ts';

export default defineOperator({
  type: 'quitter',
  doc: 'Passes batches on until the fifth event, and throws there.',
  options: {},
  create: () =>
    async function* (source) {
      for await (const batch of source) {
        if (batch.entries()[0]?.record['n'] === 4) throw new Error('I quit');
        yield batch;
      }
    },
});
