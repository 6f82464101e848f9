import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MillraceError, systemCode } from '../error.ts';
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

  /** Every type of a kind, sorted. */
  async types(kind: Kind): Promise<readonly string[]> {
    const found = new Set<string>();
    for (const folder of this.#foldersOf(kind)) {
      for (const file of await readdir(folder).catch(() => [])) {
        if (isPluginFile(file)) found.add(file.slice(0, -extname(file).length));
      }
    }
    return [...found].sort();
  }

  #foldersOf(kind: Kind): string[] {
    const own = folders[kind].map((folder) => join(ownRoot, folder));
    return [...this.#roots.map((root) => join(root, kind)), ...own];
  }

  async #import(kind: Kind, type: string): Promise<AnyPlugin | undefined> {
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(type)) return undefined;
    for (const folder of this.#foldersOf(kind)) {
      const names = await readdir(folder).catch(() => []);
      const file = names.find(
        (name) => isPluginFile(name) && name.slice(0, -extname(name).length) === type,
      );
      if (file !== undefined) return importPlugin(join(folder, file), kind, type);
    }
    return undefined;
  }
}

async function importPlugin(path: string, kind: Kind, type: string): Promise<AnyPlugin> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (cause) {
    const code = systemCode(cause);
    const why =
      code === 'ERR_MODULE_NOT_FOUND' ? 'a package that it needs is not installed' : String(cause);
    throw new MillraceError('MR_PLUGIN', `${kind} \`${type}\` (${path}) cannot be loaded: ${why}`, {
      cause,
    });
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

function isPlugin(value: unknown): value is AnyPlugin {
  return typeof value === 'function' && 'kind' in value && 'options' in value && 'create' in value;
}

function isOfKind<K extends Kind>(plugin: AnyPlugin, kind: K): plugin is AnyPlugin<K> {
  return plugin.kind === kind;
}

function isPluginFile(name: string): boolean {
  if (name.endsWith('.d.ts')) return false;
  return name.endsWith(ownEnding) || name.endsWith('.js') || name.endsWith('.mjs');
}
