import { useDefault } from './element.ts';

/** What `use_nil` evaluates to. */
export const useNil: unique symbol = Symbol('use_nil');

/** The value of an embedded expression: text, or what the whole value becomes. */
export type Embedded = string | typeof useNil | typeof useDefault;

/** A value while an expression is evaluated. */
export type Value = string | number | boolean | null | typeof useNil | typeof useDefault;

/** The parts of a text as one: `use_nil` anywhere wins over `use_default`, which wins over text. */
export function joinEmbedded(parts: readonly Embedded[]): Embedded {
  if (parts.includes(useNil)) return useNil;
  return parts.includes(useDefault) ? useDefault : parts.join('');
}

/** As Ruby puts a value into a text; `nil` is an empty one. */
export function toText(value: Value): Embedded {
  if (typeof value === 'symbol') return value;
  return value === null ? '' : String(value);
}

/** The result as Ruby has it (division rounds down), or undefined when the operator has no meaning for the two. */
export function applyOperator(operator: string, left: Value, right: Value): Value | undefined {
  if (typeof left === 'symbol') return left;
  if (typeof right === 'symbol') return right;
  if (typeof left === 'string' && typeof right === 'string') {
    return operator === '+' ? left + right : undefined;
  }
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  if (operator === '*') return left * right;
  if (right === 0) return undefined;
  const quotient = Math.floor(left / right);
  return operator === '/' ? quotient : left - quotient * right;
}

const methods = new Map<string, (value: string) => Value>([
  ['to_s', (value) => value],
  ['to_i', (value) => Number.parseInt(/^\s*([-+]?\d+)/.exec(value)?.[1] ?? '0', 10)],
  ['strip', (value) => value.trim()],
  ['upcase', (value) => value.toUpperCase()],
  ['downcase', (value) => value.toLowerCase()],
]);

/** A method of texts and integers by its Ruby name. */
export function methodNamed(name: string): ((value: Value) => Value) | undefined {
  const method = methods.get(name);
  if (method === undefined) return undefined;
  return (value) => {
    const text = toText(value);
    return typeof text === 'symbol' ? text : method(text);
  };
}
