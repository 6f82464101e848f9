import { MillraceError } from '../../../../../lib/error.ts';
import type { EventBatch } from '../../../../../lib/event/batch.ts';
import { boolean } from '../../../../../lib/option/declare.ts';
import { defineOperator } from '../../../../../lib/plugin/define.ts';

export default defineOperator({
  type: 'hoard',
  doc: 'Holds everything until there is no more.',
  options: { isPossible: boolean({ doc: 'Whether it can be made.', default: true }) },
  create({ isPossible }) {
    if (!isPossible) throw new MillraceError('MR_OPTION', 'this cannot be');
    return async function* (source) {
      const held: EventBatch[] = [];
      for await (const batch of source) held.push(batch);
      yield* held;
    };
  },
});
