import { MillraceError, toError } from '../error.ts';
import type { LogFields, LogLine } from '../log.ts';

/** Turns a log line, and when it was said, into one line of text with its line break. */
export type LogFormat = (line: LogLine, nowMs: number) => string;

/** `2026-11-22 10:00:00.123 +0000 [info]: #id message key="value"`, in the system's time zone. */
export const formatLogText: LogFormat = ({ level, message, fields }, nowMs) => {
  const { id, ...rest } = fields;
  const words = [`${localTime(nowMs)} [${level}]:`];
  if (id !== undefined) words.push(`#${printable(String(id))}`);
  words.push(printable(message));
  for (const [name, value] of flatFields(rest)) words.push(`${name}=${textOf(value)}`);
  return `${words.join(' ')}\n`;
};

/** `{"time":"2026-11-22T10:00:00.123Z","level":"info","message":...,"id":...}`. */
export const formatLogJson: LogFormat = ({ level, message, fields }, nowMs) => {
  const time = new Date(nowMs).toISOString();
  const line = Object.fromEntries([
    ...flatFields(fields).map(([name, value]) => [name, plain(value)] as const),
    ['time', time],
    ['level', level],
    ['message', message],
  ]);
  const { time: _time, level: _level, message: _message, ...rest } = line;
  return `${JSON.stringify({ time, level, message, ...rest })}\n`;
};

/**
 * An error becomes several fields: what it says, its code, what to do about it, and what its causes say that it does
 * not; the stack where nobody foresaw it.
 */
function flatFields(fields: LogFields): [string, unknown][] {
  return Object.entries(fields).flatMap(([name, value]): [string, unknown][] => {
    if (value === undefined) return [];
    return value instanceof Error ? errorFields(name, value) : [[name, value]];
  });
}

function errorFields(name: string, error: Error): [string, unknown][] {
  const found: [string, unknown][] = [[name, error.message]];
  if ('code' in error) found.push([`${name}_code`, error.code]);
  if (error instanceof MillraceError && error.hint !== undefined) {
    found.push([`${name}_hint`, error.hint]);
  }
  if (error instanceof MillraceError && error.at !== undefined) {
    found.push([`${name}_at`, `${error.at.file}:${error.at.line}`]);
  }
  let told = error.message;
  const seen = new Set<unknown>([error]);
  let cause = error.cause;
  while (cause !== undefined && !seen.has(cause) && seen.size < 8) {
    seen.add(cause);
    const { message } = toError(cause);
    if (!told.includes(message)) found.push([`${name}_cause`, message]);
    told += `\n${message}`;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  const isForeseen = error instanceof MillraceError || 'code' in error;
  if (!isForeseen && error.stack !== undefined) found.push([`${name}_stack`, error.stack]);
  return found;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'object' && value !== null) {
    return printable(JSON.stringify(plain(value)) ?? '');
  }
  return String(value);
}

/** A value that JSON can hold. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') {
    return String(value);
  }
  if (typeof value !== 'object' || value === null) return value;
  try {
    return JSON.parse(JSON.stringify(value, (_, inner) => asPlainField(inner)));
  } catch {
    return String(value);
  }
}

function asPlainField(value: unknown): unknown {
  if (value instanceof Error) return value.message;
  return typeof value === 'bigint' ? String(value) : value;
}

function quoted(text: string): string {
  return printable(JSON.stringify(text));
}

/** Nothing that comes from outside may break the line or move a terminal's cursor. */
function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function localTime(nowMs: number): string {
  const now = new Date(nowMs);
  const offset = -now.getTimezoneOffset();
  const local = new Date(nowMs + offset * 60_000).toISOString();
  const hours = two(Math.floor(Math.abs(offset) / 60));
  const zone = `${offset < 0 ? '-' : '+'}${hours}${two(Math.abs(offset) % 60)}`;
  return `${local.slice(0, 10)} ${local.slice(11, 23)} ${zone}`;
}

function two(amount: number): string {
  return String(amount).padStart(2, '0');
}
