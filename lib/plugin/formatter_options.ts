import { asBuffer } from '../codec/bytes.ts';
import { boolean, oneOf } from '../option/declare.ts';

/** Options of formatters that end every event with a line break: to be spread into a formatter's options. */
export const newlineOptions = {
  addNewline: boolean({ doc: 'Each event ends with a line break.', default: true }),
  newline: oneOf(['lf', 'crlf'], { doc: 'Which line break.', default: 'lf' }),
} as const;

/** The line break that the options mean: empty for none. */
export function newlineOf(options: {
  readonly addNewline?: boolean;
  readonly newline: 'lf' | 'crlf';
}): string {
  if (options.addNewline === false) return '';
  return options.newline === 'crlf' ? '\r\n' : '\n';
}

/** Text around bytes or text: text if all is, bytes otherwise. */
export function joinText(
  before: string,
  middle: string | Uint8Array,
  after: string,
): string | Uint8Array {
  if (typeof middle === 'string') return before + middle + after;
  return Buffer.concat([Buffer.from(before), asBuffer(middle), Buffer.from(after)]);
}
