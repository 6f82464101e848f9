import { FieldLayout } from '../../lib/codec/field_layout.ts';
import { FieldLines } from '../../lib/codec/field_lines.ts';
import { wholeLines } from '../../lib/codec/field_table.ts';
import { decodeUtf8 } from '../../lib/codec/text.ts';
import { EventTime } from '../../lib/event/time.ts';
import { boolean, string } from '../../lib/option/declare.ts';
import { defineParser } from '../../lib/plugin/define.ts';

export default defineParser({
  type: 'none',
  doc: 'Takes each text as it is, as one field.',
  options: {
    messageKey: string({ doc: 'The field that gets the text.', default: 'message' }),
    estimateCurrentEvent: boolean({
      doc: 'An event gets the current time. If false, whoever uses the parser gives it one.',
      default: true,
    }),
  },
  create({ messageKey, estimateCurrentEvent }, { clock }) {
    const now = (): EventTime => {
      const { sec, nsec } = clock.now();
      return new EventTime(sec, nsec);
    };
    const layout = FieldLayout.of([{ name: messageKey, type: 'text', isOptional: false }]);
    return {
      parse: (input) => [
        {
          time: estimateCurrentEvent ? now() : null,
          record: { [messageKey]: typeof input === 'string' ? input : decodeUtf8(input) },
        },
      ],
      readLines: ({ bytes, table }, time) => ({
        entries: new FieldLines(wholeLines(bytes, table, time), layout),
        unmatched: [],
      }),
    };
  },
});
