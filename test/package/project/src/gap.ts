import { defineOperator, option } from 'millrace';

export default defineOperator({
  type: 'gap',
  doc: 'Tells how long it has been since the batch before.',
  options: { field: option.string({ doc: 'The field for the milliseconds.', default: 'gap' }) },
  create({ field }, { clock }) {
    return async function* (source) {
      let lastMs = clock.monotonicMs();
      for await (const batch of source) {
        const gap = clock.monotonicMs() - lastMs;
        lastMs += gap;
        yield batch.with(
          batch
            .entries()
            .map(({ time, record }) => ({ time, record: { ...record, [field]: gap } })),
        );
      }
    };
  },
});
