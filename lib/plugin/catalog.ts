import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MillraceError, systemCode, toError } from '../error.ts';
import { nearest } from '../option/nearest.ts';
import type { Kind } from './contract.ts';
import type { AnyPlugin } from './define.ts';

/** Where the plugins of each kind lie, below each root. */
const folders: { readonly [K in Kind]: readonly string[] } = {
  input: ['connectors/input'],
  output: ['connectors/output'],
  filter: ['operators/filter', 'connectors/filter'],
  parser: ['operators/parser'],
  formatter: ['operators/formatter'],
  route: ['operators/route'],
  operator: ['operators/transform'],
  discovery: ['connectors/discovery'],
};

/** This file's own ending: sources find sources, a build finds its own files. */
const ownEnding = extname(import.meta.url);
const ownRoot = fileURLToPath(new URL('../../', import.meta.url));

/** Finds plugins by kind and type: the file `<folder of the kind>/<type>` below one of its roots. */
export class Catalog {
  readonly #roots: readonly string[];
  readonly #loaded = new Map<string, Promise<AnyPlugin | undefined>>();

  /** `roots` are searched before Millrace’s own: folders that hold `input/`, `output/`, ... with a file for each plugin. */
  constructor(roots: readonly string[] = []) {
    this.#roots = roots;
  }

  /**
   * The plugin, loaded on first use.
   * @throws MR_PLUGIN when there is none, with the nearest name, or when its file cannot be loaded
   */
  async load<K extends Kind>(kind: K, type: string): Promise<AnyPlugin<K>> {
    const plugin = await this.find(kind, type);
    if (plugin !== undefined) return plugin;
    const near = nearest(type, await this.types(kind));
    const hint = near === undefined ? undefined : `did you mean \`${near}\`?`;
    throw new MillraceError('MR_PLUGIN', `there is no ${kind} \`${type}\``, { hint });
  }

  /** The plugin, or undefined when there is none. @throws MR_PLUGIN when its file cannot be loaded */
  async find<K extends Kind>(kind: K, type: string): Promise<AnyPlugin<K> | undefined> {
    const key = `${kind}/${type}`;
    let loading = this.#loaded.get(key);
    if (loading === undefined) {
      loading = this.#import(kind, type);
      this.#loaded.set(key, loading);
    }
    const plugin = await loading;
    return plugin === undefined || !isOfKind(plugin, kind) ? undefined : plugin;
  }

  /** Every type of a kind, sorted. @throws MR_PLUGIN when a folder cannot be read */
  async types(kind: Kind): Promise<readonly string[]> {
    const found = new Set<string>();
    for (const folder of this.#foldersOf(kind)) {
      for (const file of await filesOf(folder)) {
        const type = typeOf(file);
        if (type !== undefined) found.add(type);
      }
    }
    return [...found].sort();
  }

  #foldersOf(kind: Kind): string[] {
    const own = folders[kind].map((folder) => join(ownRoot, folder));
    return [...this.#roots.map((root) => join(root, kind)), ...own];
  }

  async #import(kind: Kind, type: string): Promise<AnyPlugin | undefined> {
    for (const folder of this.#foldersOf(kind)) {
      const file = (await filesOf(folder)).find((name) => typeOf(name) === type);
      if (file !== undefined) return importPlugin(join(folder, file), kind, type);
    }
    return undefined;
  }
}

/** The files of a folder in a fixed order; a kind for which a root has no folder has no files there. */
async function filesOf(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new MillraceError('MR_PLUGIN', `the plugin folder ${folder} cannot be read`, { cause });
  }
}

/** The type of the plugin in a file, by its name; undefined when it cannot hold one. */
function typeOf(name: string): string | undefined {
  const ending = extname(name);
  if (ending !== ownEnding && ending !== '.js' && ending !== '.mjs') return undefined;
  const type = name.slice(0, -ending.length);
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(type) ? type : undefined;
}

async function importPlugin(path: string, kind: Kind, type: string): Promise<AnyPlugin> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (cause) {
    const message = `${kind} \`${type}\` (${path}) cannot be loaded: ${whyNotLoaded(cause)}`;
    throw new MillraceError('MR_PLUGIN', message, { cause });
  }
  const plugin =
    typeof module === 'object' && module !== null && 'default' in module
      ? module.default
      : undefined;
  if (isPlugin(plugin) && plugin.kind === kind) return plugin;
  throw new MillraceError(
    'MR_PLUGIN',
    `${path} must export a plugin of kind ${kind} as its default`,
  );
}

function whyNotLoaded(cause: unknown): string {
  const text = String(toError(cause));
  const lacking = /Cannot find (?:package|module) '([^'./][^']*)'/.exec(text)?.[1];
  return lacking === undefined ? text : `the package \`${lacking}\` that it needs is not installed`;
}

function isPlugin(value: unknown): value is AnyPlugin {
  return typeof value === 'function' && 'kind' in value && 'options' in value && 'create' in value;
}

/** Whether a plugin is of a kind. */
export function isOfKind<K extends Kind>(plugin: AnyPlugin, kind: K): plugin is AnyPlugin<K> {
  return plugin.kind === kind;
}
