import type { EventRecord } from '../event/entry.ts';
import { type LineForm, lineForm, onOneLine } from './line_form.ts';

/** What stands between the parts of a line of labelled values. */
export interface LtsvStyle {
  readonly delimiter: string;
  readonly labelDelimiter: string;
  /** What delimiters and line breaks inside of values and labels become, so that the line reads back. */
  readonly replacement: string;
}

/** Labelled tab-separated values as ltsv.org describes them. */
export const usualLtsv: LtsvStyle = { delimiter: '\t', labelDelimiter: ':', replacement: ' ' };

/** A record as one line `label:value` tab `label:value`; bytes where a value is no valid UTF-8. */
export function printLtsv(
  record: EventRecord,
  style: LtsvStyle = usualLtsv,
  lineBreak = '',
): string | Uint8Array {
  const form = lineForm(Object.values(record));
  const { delimiter, labelDelimiter, replacement } = inForm(style, form);
  let line = '';
  for (const label of Object.keys(record)) {
    if (line !== '') line += delimiter;
    line += onOneLine(form.own(label), delimiter, replacement) + labelDelimiter;
    line += onOneLine(form.of(record[label]), delimiter, replacement);
  }
  return form.finish(line + lineBreak);
}

function inForm(
  { delimiter, labelDelimiter, replacement }: LtsvStyle,
  { own }: LineForm,
): LtsvStyle {
  return {
    delimiter: own(delimiter),
    labelDelimiter: own(labelDelimiter),
    replacement: own(replacement),
  };
}
