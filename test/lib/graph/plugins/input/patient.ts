import { entriesBatch } from '../../../../../lib/codec/batch.ts';
import { EventTime } from '../../../../../lib/event/time.ts';
import { string } from '../../../../../lib/option/declare.ts';
import { defineInput } from '../../../../../lib/plugin/define.ts';
import { outcomes } from '../collected.ts';

export default defineInput({
  type: 'patient',
  doc: 'Emits ten batches, and stops when all of them are settled.',
  options: { tag: string({ doc: 'The tag.', required: true }) },
  create: ({ tag }) => ({
    async run(emit) {
      const settled: boolean[] = [];
      outcomes.set(tag, settled);
      const batches = Array.from({ length: 10 }, (_, n) =>
        entriesBatch(tag, [{ time: new EventTime(1_700_000_000, n), record: { n } }]),
      );
      for (const batch of batches) await emit(batch);
      for (const batch of batches) settled.push((await batch.delivery.settled).ok);
    },
  }),
});
