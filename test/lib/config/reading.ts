import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ConfigContext, processContext } from '../../../lib/config/context.ts';
import {
  type AttributeValue,
  type Element,
  type ParsedConfig,
  useDefault,
} from '../../../lib/config/element.ts';
import { parseConfig } from '../../../lib/config/parse.ts';

/** A context that depends on no process: no variables, host `box`, worker 0. */
export function contextWith(env: ConfigContext['env'] = {}): ConfigContext {
  return { ...processContext(), env, hostname: 'box', workerId: 0 };
}

/** Reads a text as `app.conf`. */
export function read(text: string, env: ConfigContext['env'] = {}): ParsedConfig {
  return parseConfig(text, 'app.conf', contextWith(env));
}

/** The attributes of the top level, or a failure that names the faults. */
export function attributesOf(text: string, env: ConfigContext['env'] = {}): unknown {
  const { root, faults } = read(text, env);
  if (faults.length > 0) throw new Error(faults.map((fault) => fault.message).join('\n'));
  return plain(root).attributes;
}

/** `code line:column message` of each fault. */
export function faultsIn(text: string, env: ConfigContext['env'] = {}): string[] {
  return read(text, env).faults.map(
    ({ code, at, message }) => `${code} ${at?.line}:${at?.column} ${message}`,
  );
}

export interface PlainElement {
  name: string;
  arg: string;
  attributes: { [key: string]: unknown };
  elements: PlainElement[];
}

/** An element without its places, for comparison. The default marker becomes the text `<default>`. */
export function plain(element: Element): PlainElement {
  const shown = (value: AttributeValue): unknown => (value === useDefault ? '<default>' : value);
  return {
    name: element.name,
    arg: element.arg,
    attributes: Object.fromEntries(
      [...element.attributes].map(([key, { value }]) => [key, shown(value)]),
    ),
    elements: element.elements.map(plain),
  };
}

/** A folder with these files that is removed after the test. */
export function folderWith(t: TestContext, files: { readonly [path: string]: string }): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-')));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}
