import { MillraceError } from '../error.ts';

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const unitBytes = { k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 } as const;

/** Milliseconds of `10s`, `1h30m`, `500ms`, `1.5h`, or of a bare number of seconds. */
export function parseDurationMs(text: string): number {
  const trimmed = text.trim();
  if (/^-?\d+(?:\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(trimmed)) {
    throw expected('a duration such as 500ms, 10s, 1h30m or a number of seconds', text);
  }
  let totalMs = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    if (unit === 'ms' || unit === 's' || unit === 'm' || unit === 'h' || unit === 'd') {
      totalMs += Number(amount) * unitMs[unit];
    }
  }
  return totalMs;
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
  const match = /^(-?\d+)([kmgt])?$/i.exec(text.trim());
  if (match === null) throw expected('a size such as 512k, 8m, 1g or a number of bytes', text);
  const unit = match[2]?.toLowerCase();
  const factor = unit === 'k' || unit === 'm' || unit === 'g' || unit === 't' ? unitBytes[unit] : 1;
  return Number(match[1]) * factor;
}

/** The shortest exact text of a size. */
export function printSizeBytes(bytes: number): string {
  for (const unit of ['t', 'g', 'm', 'k'] as const) {
    if (bytes !== 0 && bytes % unitBytes[unit] === 0) return `${bytes / unitBytes[unit]}${unit}`;
  }
  return String(bytes);
}

/** `true` and `yes`, `false` and `no`; nothing at all is true, as a key alone. */
export function parseBoolean(text: string): boolean {
  if (text === 'true' || text === 'yes' || text === '') return true;
  if (text === 'false' || text === 'no') return false;
  throw expected('true or false', text);
}

/** A whole decimal number. */
export function parseInteger(text: string): number {
  const digits = text.trim().replaceAll('_', '');
  if (!/^[+-]?\d+$/.test(digits)) throw expected('a whole number', text);
  return Number(digits);
}

/** A decimal number. */
export function parseFloatStrict(text: string): number {
  const digits = text.trim();
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(digits)) throw expected('a number', text);
  return Number(digits);
}

/** A JSON array of texts, or texts separated by commas with the blanks around them removed. */
export function parseTextArray(text: string): readonly string[] {
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) {
    const list = parseJsonText(trimmed, 'a JSON array or a list separated by commas');
    if (Array.isArray(list))
      return list.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
  }
  return trimmed === '' ? [] : text.split(',').map((part) => part.trim());
}

/** A JSON object, or `key:value` pairs separated by commas. */
export function parseHash(text: string): Readonly<Record<string, unknown>> {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) {
    const map = parseJsonText(trimmed, 'a JSON object or key:value pairs');
    if (isMap(map)) return map;
  }
  const entries: [string, string][] = [];
  for (const pair of trimmed === '' ? [] : trimmed.split(',')) {
    const colon = pair.indexOf(':');
    if (colon < 0) throw expected('key:value pairs separated by commas', text);
    entries.push([pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()]);
  }
  return Object.fromEntries(entries);
}

/** The error for a word outside of a list. */
export function notOneOf(text: string, words: readonly string[]): MillraceError {
  return expected(`one of ${words.join(', ')}`, text);
}

function parseJsonText(text: string, wanted: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MillraceError('MR_OPTION', `expected ${wanted}, not \`${text}\``, { cause });
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function expected(wanted: string, seen: string): MillraceError {
  return new MillraceError('MR_OPTION', `expected ${wanted}, not \`${seen}\``);
}
