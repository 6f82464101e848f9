import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(import.meta.dirname, '../../..');

/** A script that a process has loaded. */
export interface LoadedFile {
  /** From the project's root, without its ending: `lib/error`. */
  readonly name: string;
  readonly text: string;
}

/** The files of the project and of its dependencies that processes loaded which ran with `NODE_V8_COVERAGE=folder`. */
export function loadedFiles(folder: string): LoadedFile[] {
  const paths = new Set<string>();
  for (const report of readdirSync(folder)) {
    const { result } = JSON.parse(readFileSync(join(folder, report), 'utf8'));
    for (const { url } of result) {
      if (url.startsWith('file:')) paths.add(fileURLToPath(url));
    }
  }
  const files = [...paths].map((path) => {
    const local = relative(root, path).split(sep).join('/');
    const name = local.slice(0, local.length - extname(local).length);
    return { name, text: readFileSync(path, 'utf8') };
  });
  return files.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The modules of Node that files import for more than types: `fs`, `fs/promises`. */
export function nodeModulesOf(files: readonly LoadedFile[]): Set<string> {
  const imports = /^(?:import|export) (?!type )[^;]*?from 'node:([^']+)';/gm;
  return new Set(
    files.flatMap(({ text }) => [...text.matchAll(imports)].map(([, name = '']) => name)),
  );
}
