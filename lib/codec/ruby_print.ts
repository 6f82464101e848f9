import { MillraceError } from '../error.ts';
import { type EventValue, Extension, Float, RawString } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import { asBuffer } from './bytes.ts';
import { codecDepthLimit, tooDeep } from './msgpack_scanner.ts';

/**
 * A value as Ruby's `inspect` shows it: `{"a"=>1, "b"=>[nil, 1.0e+20]}`. Bytes that are not UTF-8 are `\xFF`.
 * @throws MR_CODEC when it is nested too deeply
 */
export function printRuby(value: EventValue, depth = 0): string {
  if (value === null) return 'nil';
  if (typeof value === 'string') return `"${escapeText(value)}"`;
  if (typeof value === 'number') return isInteger(value) ? `${value}` : floatText(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof EventTime) return String(value.sec);
  if (value instanceof RawString) return `"${escapeBytes(value.bytes)}"`;
  if (value instanceof Uint8Array) return `"${escapeBytes(value)}"`;
  if (value instanceof Extension) {
    throw new MillraceError('MR_CODEC', `extension type ${value.type} cannot be shown as Ruby`);
  }
  if (depth >= codecDepthLimit) throw tooDeep();
  if (isList(value)) {
    return `[${value.map((element) => printRuby(element, depth + 1)).join(', ')}]`;
  }
  const fields = Object.entries(value).map(
    ([key, field]) => `"${escapeText(key)}"=>${printRuby(field, depth + 1)}`,
  );
  return `{${fields.join(', ')}}`;
}

const named = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['\x1b', '\\e'],
]);
/** What is not shown as it is; `#` only where it would begin an interpolation. */
const special = /["\\]|#(?=[{$@])|[\p{Cc}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu;

function escapeText(text: string): string {
  return text.replace(special, (character) => {
    if (character === '#') return '\\#';
    if (character === '\x7f') return '\\x7F';
    return named.get(character) ?? byNumber(character.codePointAt(0) ?? 0);
  });
}

function byNumber(code: number): string {
  const hex = code.toString(16).toUpperCase();
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}

/** Characters in UTF-8, one byte of a text shown as Latin-1 for each of theirs; any other byte by itself. */
const utf8 =
  /[\0-\x7f]+|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

function escapeBytes(bytes: Uint8Array): string {
  const shown = asBuffer(bytes).toString('latin1');
  return shown.replace(utf8, (part) => {
    const isInvalid = part.length === 1 && part > '\x7f';
    if (isInvalid) return `\\x${part.charCodeAt(0).toString(16).toUpperCase()}`;
    return escapeText(Buffer.from(part, 'latin1').toString());
  });
}

function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** As Ruby's `Float#to_s`: always with a point, and with an exponent below 1e-4 and from 1e16 on. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-4 && size < 1e16)) return withPoint(String(value));
  const [digits = '', power = ''] = value.toExponential().split('e');
  return `${withPoint(digits)}e${power[0]}${power.slice(1).padStart(2, '0')}`;
}

function withPoint(digits: string): string {
  return digits.includes('.') ? digits : `${digits}.0`;
}

function isList(value: EventValue): value is readonly EventValue[] {
  return Array.isArray(value);
}
