import { asBuffer } from '../codec/bytes.ts';
import { MillraceError } from '../error.ts';
import { boolean, oneOf } from '../option/declare.ts';
import type { PluginContext } from './context.ts';
import type { Formatter } from './contract.ts';
import type { PluginCall } from './define.ts';

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

/**
 * Makes a formatter whose entries are written one after another to where no file is.
 * @throws MR_OPTION when they would be of no use without one
 */
export function makeLineFormatter(
  call: PluginCall<'formatter'>,
  context: PluginContext,
  who: string,
): Formatter {
  const format = context.make(call);
  if (format.container === undefined) return format;
  const { type } = call.plugin;
  throw new MillraceError('MR_OPTION', `${who} cannot use formatter \`${type}\`: it makes files`);
}
