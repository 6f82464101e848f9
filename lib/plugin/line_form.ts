import { type EventValue, RawString } from '../event/entry.ts';
import { inBytes, textOf } from './field_text.ts';

/** How the values of a record become a line: as text, or with a character for each byte. */
export interface LineForm {
  of(value: EventValue | undefined): string;
  /** A text of the format's own, such as a delimiter. */
  own(text: string): string;
  finish(line: string): string | Uint8Array;
}

/**
 * The form of a line of these values: text if all is text, which is the usual case; bytes where one of them is no
 * valid UTF-8, so that it comes out as it is.
 */
export function lineForm(values: readonly (EventValue | undefined)[]): LineForm {
  for (const value of values) {
    if (value instanceof RawString || value instanceof Uint8Array) return byteForm;
  }
  return textForm;
}

/** A text without what would end its field or its line. */
export function onOneLine(text: string, delimiter: string, replacement: string): string {
  const isClean = !text.includes(delimiter) && !text.includes('\n') && !text.includes('\r');
  if (isClean) return text;
  return text.replaceAll(delimiter, replacement).replaceAll(/\r\n|\r|\n/g, replacement);
}

const textForm: LineForm = { of: textOf, own: (text) => text, finish: (line) => line };

const byteForm: LineForm = {
  of(value) {
    const bytes = value instanceof RawString ? value.bytes : value;
    return bytes instanceof Uint8Array
      ? Buffer.from(bytes).toString('latin1')
      : inBytes(textOf(value));
  },
  own: inBytes,
  finish: (line) => Buffer.from(line, 'latin1'),
};
