import { MillraceError } from '../error.ts';
import { asBuffer } from './bytes.ts';
import type { Form } from './form.ts';

const lineBreak = Buffer.from('\r\n');
const blankLine = Buffer.from('\r\n\r\n');

/**
 * Reads `multipart/form-data` (RFC 7578):
 *
 *     --BOUNDARY CRLF headers CRLF CRLF value CRLF --BOUNDARY ... --BOUNDARY--
 *
 * What is before the first boundary and behind the last is passed over; parts without a name too.
 * @throws MR_CODEC when there is no boundary, or a part has no end or no headers
 */
export function parseMultipart(body: Uint8Array, boundary: string | undefined): Form {
  if (boundary === undefined) throw broken('its boundary is not told');
  const buffer = asBuffer(body);
  const mark = Buffer.from(`--${boundary}`, 'latin1');
  const markInLine = Buffer.concat([lineBreak, mark]);
  const fields = new Map<string, Uint8Array>();
  let at = buffer.subarray(0, mark.length).equals(mark) ? 0 : buffer.indexOf(markInLine) + 2;
  if (at === 1) throw broken('the boundary is not there');
  for (;;) {
    at += mark.length;
    if (buffer.toString('latin1', at, at + 2) === '--') return fields;
    const end = buffer.indexOf(markInLine, at);
    if (end < 0) throw broken('a part has no end');
    const head = buffer.indexOf(blankLine, at);
    if (head < 0 || head > end) throw broken('a part has no headers');
    const name = nameIn(buffer.toString('utf8', at, head));
    const value = buffer.subarray(Math.min(head + blankLine.length, end), end);
    if (name !== undefined && !fields.has(name)) fields.set(name, value);
    at = end + lineBreak.length;
  }
}

/** The boundary in a content type, or undefined. */
export function boundaryIn(contentType: string): string | undefined {
  const match = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

function nameIn(headers: string): string | undefined {
  const line = /^content-disposition:(.*)$/im.exec(headers)?.[1] ?? '';
  const match = /;\s*name=(?:"([^"]*)"|([^;\s]+))/i.exec(line);
  return match?.[1] ?? match?.[2];
}

function broken(why: string): MillraceError {
  return new MillraceError('MR_CODEC', `the multipart form is damaged: ${why}`);
}
