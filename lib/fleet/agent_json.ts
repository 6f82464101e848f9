import type { Agent } from '../event/agent.ts';

/** An agent as JSON, and the option map of a frame, have it. */
export function agentJson({ id, name, version, labels }: Agent): {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly labels: { readonly [name: string]: string };
} {
  return { id, name, version, labels: Object.fromEntries(labels) };
}

/** The agent that a value of JSON describes; undefined when it is none. */
export function readAgent(value: unknown): Agent | undefined {
  const id = readText(fieldOf(value, 'id'));
  const name = readText(fieldOf(value, 'name'));
  const version = readText(fieldOf(value, 'version'));
  const labels = fieldOf(value, 'labels');
  if (id === undefined || name === undefined || version === undefined) return undefined;
  const pairs = typeof labels === 'object' && labels !== null ? Object.entries(labels) : [];
  const texts = pairs.map(([key, text]): [string, string] => [key, String(text)]);
  return { id, name, version, labels: new Map(texts) };
}

/** A field of a value of JSON, if it has one. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

export function readText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A whole number from 0 up. */
export function readNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Ascending numbers, two by two. */
export function readNumbers(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value) || value.length % 2 === 1) return undefined;
  const numbers: number[] = [];
  for (const each of value) {
    const number = readNumber(each);
    if (number === undefined || number <= (numbers.at(-1) ?? -1)) return undefined;
    numbers.push(number);
  }
  return numbers;
}
