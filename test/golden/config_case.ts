import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ConfigContext, processContext } from '../../lib/config/context.ts';
import {
  type AttributeValue,
  type Element,
  type ParsedConfig,
  useDefault,
} from '../../lib/config/element.ts';
import type { GoldenCase } from './adaptor.ts';

type Parse = (
  text: string,
  file: string,
  context: ConfigContext,
) => ParsedConfig | Promise<ParsedConfig>;

/** Reads the case's text beside its files, and compares the elements, or that there are faults. */
export async function judgeConfig(golden: GoldenCase, name: string, parse: Parse): Promise<void> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'golden-')));
  try {
    const place = (text: unknown): string => String(text).replaceAll('@BASE@', base);
    for (const [path, text] of entriesOf(golden.in['files'])) {
      mkdirSync(dirname(join(base, path)), { recursive: true });
      writeFileSync(join(base, path), place(text));
    }
    const context = contextOf(golden);
    const { root, faults } = await parse(place(golden.in['text']), join(base, name), context);
    if (golden.error !== undefined) {
      assert(faults.length > 0, `accepted, but Fluentd refuses: ${golden.error}`);
      return;
    }
    assert.deepEqual(
      faults.map((fault) => fault.message),
      [],
    );
    assert.deepEqual(toGolden(root), golden.out);
  } finally {
    rmSync(base, { recursive: true });
  }
}

function contextOf(golden: GoldenCase): ConfigContext {
  const env: { [name: string]: string } = {};
  for (const [name, value] of entriesOf(golden.in['env'])) {
    if (value !== null) env[name] = String(value);
  }
  const worker = env['SERVERENGINE_WORKER_ID'];
  return {
    ...processContext(),
    env,
    hostname: String(golden.in['hostname'] ?? 'localhost'),
    workerId: worker === undefined ? undefined : Number(worker),
  };
}

function entriesOf(value: unknown): [string, unknown][] {
  return Object.entries(value ?? {});
}

/** A section without a name is `null` in the suites. */
function toGolden(element: Element): unknown {
  const attributes = [...element.attributes.values()];
  return {
    name: element.name === '' ? null : element.name,
    arg: element.arg,
    attrs: Object.fromEntries(attributes.map(({ key, value }) => [key, toGoldenValue(value)])),
    elements: element.elements.map(toGolden),
  };
}

function toGoldenValue(value: AttributeValue): unknown {
  return value === useDefault ? { $default: true } : value;
}
