import { type EventValue, getField, RawString } from '../../lib/event/entry.ts';
import { string } from '../../lib/option/declare.ts';
import { defineFormatter } from '../../lib/plugin/define.ts';
import { textOf } from '../../lib/plugin/field_text.ts';
import { joinText, newlineOf, newlineOptions } from '../../lib/plugin/formatter_options.ts';

export default defineFormatter({
  type: 'single_value',
  doc: 'Writes one field of each event and nothing else; an empty line where the field is missing.',
  options: {
    messageKey: string({ doc: 'The field that is written.', default: 'message' }),
    ...newlineOptions,
  },
  create(options) {
    const { messageKey } = options;
    const newline = newlineOf(options);
    return ({ record }) => joinText('', textOrBytes(getField(record, messageKey)), newline);
  },
});

function textOrBytes(value: EventValue | undefined): string | Uint8Array {
  if (value instanceof RawString) return value.bytes;
  return value instanceof Uint8Array ? value : textOf(value);
}
