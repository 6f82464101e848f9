import { entriesBatch } from '../../../../../lib/codec/batch.ts';
import { EventTime } from '../../../../../lib/event/time.ts';
import { integer, string } from '../../../../../lib/option/declare.ts';
import { defineInput } from '../../../../../lib/plugin/define.ts';
import { outcomes } from '../collected.ts';

export default defineInput({
  type: 'gush',
  doc: 'Emits batches of one event, numbered from 0, and ends.',
  options: {
    tag: string({ doc: 'The tag.', required: true }),
    count: integer({ doc: 'How many.', default: 10 }),
  },
  create: ({ tag, count }) => ({
    async run(emit, signal) {
      const settled: boolean[] = [];
      outcomes.set(tag, settled);
      for (let n = 0; n < count && !signal.aborted; n += 1) {
        const batch = entriesBatch(tag, [{ time: new EventTime(1_700_000_000, n), record: { n } }]);
        batch.delivery.onSettled((outcome) => void settled.push(outcome.ok));
        await emit(batch);
      }
    },
  }),
});
