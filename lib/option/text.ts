import { MillraceError } from '../error.ts';

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const unitBytes = { k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 } as const;

/** Milliseconds of `10s`, `1h30m`, `500ms`, `1.5h`, or of a bare number of seconds. */
export function parseDurationMs(text: string): number {
  const trimmed = text.trim();
  if (numberForm.test(trimmed)) return toNanosecond(toNumber(trimmed) * 1000);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(trimmed)) {
    throw expected('a duration such as 500ms, 10s, 1h30m or a number of seconds', text);
  }
  let totalMs = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    if (unit === 'ms' || unit === 's' || unit === 'm' || unit === 'h' || unit === 'd') {
      totalMs += Number(amount) * unitMs[unit];
    }
  }
  return toNanosecond(totalMs);
}

/** So that 1.005 seconds are 1005 ms, whatever the product of the doubles is. */
function toNanosecond(ms: number): number {
  const nanos = ms * 1e6;
  return Number.isSafeInteger(Math.round(nanos)) ? Math.round(nanos) / 1e6 : ms;
}

/** The shortest exact text of a duration. */
export function printDurationMs(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms !== 0 && ms % unitMs[unit] === 0) return `${ms / unitMs[unit]}${unit}`;
  }
  return ms === 0 ? '0s' : `${ms}ms`;
}

/** Bytes of `8m`, `512k`, `1g` or a bare number. */
export function parseSizeBytes(text: string): number {
  const wanted = 'a size such as 512k, 8m, 1g or a number of bytes';
  const match = /^(-?\d+)([kmgt])$/i.exec(text.trim());
  const unit = match?.[2]?.toLowerCase();
  const bytes =
    unit === 'k' || unit === 'm' || unit === 'g' || unit === 't'
      ? Number(match?.[1]) * unitBytes[unit]
      : readInteger(text);
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes)) throw expected(wanted, text);
  return bytes;
}

/** The shortest exact text of a size. */
export function printSizeBytes(bytes: number): string {
  for (const unit of ['t', 'g', 'm', 'k'] as const) {
    if (bytes !== 0 && bytes % unitBytes[unit] === 0) return `${bytes / unitBytes[unit]}${unit}`;
  }
  return String(bytes);
}

/** `true` and `yes`, `false` and `no`; nothing at all is true, as a key alone or with a comment behind it. */
export function parseBoolean(text: string): boolean {
  if (text === 'true' || text === 'yes' || text === '' || text.startsWith('#')) return true;
  if (text === 'false' || text === 'no') return false;
  throw expected('true or false', text);
}

/**
 * A whole number as Ruby reads it: `0x`, `0b` and `0o` forms, a leading zero for octal, `1_000`. It is a
 * number where that is exact and a bigint beyond.
 */
export function parseInteger(text: string): number | bigint {
  const integer = readInteger(text);
  if (integer === undefined) throw expected('a whole number', text);
  return integer;
}

const integerForm =
  /^([+-]?)(?:(0x)([\da-f]+(?:_[\da-f]+)*)|(0b)([01]+(?:_[01]+)*)|(0o|0_?(?=\d))([0-7]+(?:_[0-7]+)*)|(?:0d)?(\d+(?:_\d+)*))$/i;

function readInteger(text: string): number | bigint | undefined {
  const match = integerForm.exec(text.trim());
  if (match === null) return undefined;
  const [, sign, isHex, hex = '', isBinary, binary = '', isOctal, octal = '', decimal = ''] = match;
  // A leading zero means octal, so that `08` is a mistake and no 8.
  if (/^0\d/.test(decimal) && !/^[+-]?0d/i.test(text.trim())) return undefined;
  const prefix = isHex ? '0x' : isBinary ? '0b' : isOctal ? '0o' : '';
  const magnitude = BigInt(prefix + (hex + binary + octal + decimal).replaceAll('_', ''));
  const integer = sign === '-' ? -magnitude : magnitude;
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

const numberForm = /^[+-]?(?:\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** A decimal number. */
export function parseFloatStrict(text: string): number {
  const trimmed = text.trim();
  if (!numberForm.test(trimmed)) throw expected('a number', text);
  return toNumber(trimmed);
}

function toNumber(decimal: string): number {
  return Number(decimal.replaceAll('_', ''));
}

/** A JSON array, or texts separated by commas with the blanks around them removed; empty ones at the end do not count. */
export function parseArray(text: string): readonly unknown[] {
  if (!text.startsWith('[')) return splitCommas(text);
  const list = parseJson(text, 'a JSON array or a list separated by commas');
  if (!Array.isArray(list)) throw expected('a JSON array or a list separated by commas', text);
  return list;
}

/** The same as texts: a JSON array's elements that are none are printed as JSON. */
export function parseTextArray(text: string): readonly string[] {
  return parseArray(text).map((each) => (typeof each === 'string' ? each : printJson(each)));
}

/** A JSON object, or `key:value` pairs separated by commas; a key alone has the value null. */
export function parseHash(text: string): Readonly<Record<string, unknown>> {
  if (text.startsWith('{')) {
    const map = parseJson(text, 'a JSON object or key:value pairs');
    if (isMap(map)) return map;
  }
  return Object.fromEntries(
    splitCommas(text).map((pair) => {
      if (pair === '') throw expected('key:value pairs separated by commas', text);
      const colon = pair.indexOf(':');
      return colon < 0 ? [pair, null] : [pair.slice(0, colon), pair.slice(colon + 1)];
    }),
  );
}

/** The error for a word outside of a list. */
export function notOneOf(text: string, words: readonly string[]): MillraceError {
  return expected(`one of ${words.join(', ')}`, text);
}

/** The error for a text that is not what an option takes. */
export function expected(wanted: string, seen: string): MillraceError {
  return new MillraceError('MR_OPTION', `expected ${wanted}, not \`${seen}\``);
}

function splitCommas(text: string): string[] {
  const parts = text.trim().split(/\s*,\s*/);
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

const jsonTexts = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;

/** JSON whose integers beyond 2^53 become bigints: each is read as a text that nobody would write. */
export function parseJson(text: string, wanted: string): unknown {
  const marked = text.replace(jsonTexts, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"\\u0000${token}"` : token,
  );
  try {
    return JSON.parse(marked, (_key, value: unknown) =>
      typeof value === 'string' && /^\0-?\d+$/.test(value) ? BigInt(value.slice(1)) : value,
    );
  } catch (cause) {
    throw new MillraceError('MR_OPTION', `expected ${wanted}, not \`${text}\``, { cause });
  }
}

function printJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'bigint' ? String(each) : each,
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
