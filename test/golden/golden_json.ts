import { Float } from '../../lib/event/entry.ts';

/**
 * Reads a line of a suite: JSON whose integers beyond 2^53 become bigints, and, for suites that tell 1.0 from 1, whose
 * whole floats become `Float`s.
 */
export function parseGolden(line: string, keepsFloats = false): unknown {
  const marked = line.replace(tokens, (token) => markNumber(token, keepsFloats));
  return JSON.parse(marked, (_key, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith(marker)) return value;
    const number = value.slice(marker.length);
    return /[.eE]/.test(number) ? new Float(Number(number)) : BigInt(number);
  });
}

const marker = '\u0000number:';
const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Turns a number that JavaScript cannot tell into a marked string; strings stay as they are. */
function markNumber(token: string, keepsFloats: boolean): string {
  const number = Number(token);
  const isInteger = /^-?\d+$/.test(token);
  const isMarked = isInteger
    ? !Number.isSafeInteger(number)
    : keepsFloats && token[0] !== '"' && Number.isSafeInteger(number);
  return isMarked ? `"\\u0000number:${token}"` : token;
}
