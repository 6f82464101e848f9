import { entriesBatch } from '../../../../../lib/codec/batch.ts';
import { EventTime } from '../../../../../lib/event/time.ts';
import { integer, string } from '../../../../../lib/option/declare.ts';
import { defineInput } from '../../../../../lib/plugin/define.ts';
import { outcomes } from '../collected.ts';

export default defineInput({
  type: 'gush',
  doc: 'Emits events, numbered from 0, and ends.',
  options: {
    tag: string({ doc: 'The tag.', required: true }),
    count: integer({ doc: 'How many.', default: 10 }),
    size: integer({ doc: 'How many in a batch.', default: 1, min: 1 }),
  },
  create: ({ tag, count, size }) => ({
    async run(emit, signal) {
      const settled: boolean[] = [];
      outcomes.set(tag, settled);
      for (let from = 0; from < count && !signal.aborted; from += size) {
        const entries = Array.from({ length: Math.min(size, count - from) }, (_, index) => ({
          time: new EventTime(1_700_000_000, from + index),
          record: { n: from + index },
        }));
        const batch = entriesBatch(tag, entries);
        batch.delivery.onSettled((outcome) => void settled.push(outcome.ok));
        await emit(batch);
      }
    },
  }),
});
