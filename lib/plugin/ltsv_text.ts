import type { EventRecord } from '../event/entry.ts';
import { textOf } from './field_text.ts';

/** What stands between the parts of a line of labelled values. */
export interface LtsvForm {
  readonly delimiter: string;
  readonly labelDelimiter: string;
  /** What delimiters and line breaks inside of values and labels become, so that the line reads back. */
  readonly replacement: string;
}

/** Labelled tab-separated values as ltsv.org describes them. */
export const usualLtsv: LtsvForm = { delimiter: '\t', labelDelimiter: ':', replacement: ' ' };

/** A record as one line `label:value` tab `label:value`, without a line break. */
export function printLtsv(record: EventRecord, form: LtsvForm = usualLtsv): string {
  let line = '';
  for (const label of Object.keys(record)) {
    if (line !== '') line += form.delimiter;
    line += replaced(label, form) + form.labelDelimiter + replaced(textOf(record[label]), form);
  }
  return line;
}

function replaced(text: string, { delimiter, replacement }: LtsvForm): string {
  const isClean = !text.includes(delimiter) && !text.includes('\n') && !text.includes('\r');
  if (isClean) return text;
  return text.replaceAll(delimiter, replacement).replaceAll(/\r\n|\r|\n/g, replacement);
}
