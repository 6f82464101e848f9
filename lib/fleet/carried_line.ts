import type { RelayedStamp } from '../event/agent.ts';
import { agentJson, readAgent, readNumber, readText } from './agent_json.ts';
import type { Load, Span } from './carried.ts';

/*
 * What a frame brought, as a line of a fleet's file:
 *
 *     ["carried", source, epoch, begin, end, [[agent, address,
 *      source, epoch, begin, end, low, part, parts, count, receivers, ageMs], ...]]
 */

/** What a frame brought, as a value of JSON. */
export function carriedLine({ span, stamps }: Load): readonly unknown[] {
  const { source, epoch, begin, end } = span;
  return ['carried', source, epoch, begin, end, stamps.map(stampFields)];
}

/** What the rest of such a line says; undefined when it is none. */
export function readCarried(line: readonly unknown[]): Load | undefined {
  const span = readSpan(line);
  const list = line[4];
  if (span === undefined || !Array.isArray(list)) return undefined;
  return { span, stamps: list.flatMap((each: unknown) => readStamp(each) ?? []) };
}

function stampFields(stamp: RelayedStamp): readonly unknown[] {
  const { agent, address, origin, part, parts, count, receivers, ageMs } = stamp;
  const { source, epoch, begin, end, low } = origin;
  const span = [source, epoch, begin, end];
  return [agentJson(agent), address, ...span, low, part, parts, count, receivers, ageMs];
}

function readStamp(fields: unknown): RelayedStamp | undefined {
  if (!Array.isArray(fields)) return undefined;
  const [who, where, ...rest]: readonly unknown[] = fields;
  const agent = readAgent(who);
  const address = readText(where);
  const span = readSpan(rest);
  const numbers = rest.slice(4).map(readNumber);
  const [low = 0, part = 0, parts = 1, count = 0, receivers = 1, ageMs = 0] = numbers;
  if (agent === undefined || address === undefined || span === undefined) return undefined;
  if (numbers.length < 6 || numbers.includes(undefined)) return undefined;
  return { agent, address, origin: { ...span, low }, part, parts, count, receivers, ageMs };
}

function readSpan([name, ...rest]: readonly unknown[]): Span | undefined {
  const source = readText(name);
  const [epoch, begin, end] = rest.slice(0, 3).map(readNumber);
  if (source === undefined || epoch === undefined) return undefined;
  if (begin === undefined || end === undefined || begin >= end) return undefined;
  return { source, epoch, begin, end };
}
