import assert from 'node:assert/strict';
import { compile } from '../../../lib/config/compile.ts';
import { parseConfig } from '../../../lib/config/parse.ts';
import type { Plan } from '../../../lib/plan/plan.ts';
import { Catalog } from '../../../lib/plugin/catalog.ts';

/** The plan of a configuration's text. */
export async function planOfText(text: string, catalog = new Catalog()): Promise<Plan> {
  const { root, faults } = parseConfig(text, 'app.conf', {
    env: {},
    hostname: 'localhost',
    workerId: 0,
    readFile: () => '',
    glob: () => [],
  });
  const compiled = await compile(root, { catalog });
  assert.deepEqual([...faults, ...compiled.faults, ...compiled.warnings], []);
  assert(compiled.plan !== undefined);
  return compiled.plan;
}

/** A plan without its places, and with every function (of an accessor) as its text: for comparison. */
export function comparable(value: unknown): unknown {
  if (typeof value === 'function') return 'type' in value ? value : String(value);
  if (Array.isArray(value)) return value.map(comparable);
  if (value instanceof Map)
    return new Map([...value].map(([key, each]) => [key, comparable(each)]));
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !['at', 'labelAt', 'patternAt'].includes(key))
      .map(([key, each]) => [key, comparable(each)]),
  );
}
