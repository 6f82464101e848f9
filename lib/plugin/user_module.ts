import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MillraceError, systemCode, toError } from '../error.ts';
import { nearest } from '../option/nearest.ts';

/** What a module of a user exports, and where the module lies. */
export interface UserExport {
  /** Absolute. */
  readonly path: string;
  readonly value: unknown;
}

/**
 * Loads the module of a user. `path` is relative to `folder`.
 * @throws MR_PLUGIN when there is no such file, when it throws, and when it exports no such name
 */
export async function loadUserExport(
  path: string,
  name: string,
  folder: string,
): Promise<UserExport> {
  const absolute = resolve(folder, path);
  await checkFile(absolute);
  const module = await importModule(absolute);
  const value = module[name];
  if (value !== undefined) return { path: absolute, value };
  const names = Object.keys(module);
  const near = nearest(name, names);
  const hint =
    near === undefined
      ? `it exports ${names.join(', ') || 'nothing'}`
      : `did you mean \`${near}\`?`;
  const what = name === 'default' ? 'no default' : `no \`${name}\``;
  throw new MillraceError('MR_PLUGIN', `${absolute} exports ${what}`, { hint });
}

async function checkFile(path: string): Promise<void> {
  try {
    if ((await stat(path)).isFile()) return;
  } catch (cause) {
    const code = systemCode(cause);
    const why = code === 'ENOENT' || code === 'ENOTDIR' ? 'is not there' : 'cannot be read';
    throw new MillraceError('MR_PLUGIN', `the module ${path} ${why}`, { cause });
  }
  throw new MillraceError('MR_PLUGIN', `${path} is no file`);
}

async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    const message = `the module ${path} cannot be loaded: ${toError(cause)}`;
    throw new MillraceError('MR_PLUGIN', message, { cause, hint: whyNotLoaded(cause) });
  }
}

function whyNotLoaded(cause: unknown): string | undefined {
  if (systemCode(cause) !== 'ERR_UNKNOWN_FILE_EXTENSION') return undefined;
  return `Node ${process.versions.node} cannot load files of this kind: TypeScript needs Node 22.18`;
}
