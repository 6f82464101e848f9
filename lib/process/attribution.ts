import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ownRoot = fileURLToPath(new URL('../../', import.meta.url));
const pluginFile = new RegExp(
  `\\${sep}(?:input|output|filter|parser|formatter|route|operator|transform)\\${sep}([A-Za-z]\\w*)\\.(?:ts|js|mjs)$`,
);

/** Where a stray error came from, as far as its stack tells. */
export interface Culprit {
  /** The file nearest to the throw that is not Node's. */
  readonly file: string | undefined;
  /** The plugin whose code was running, by its type. */
  readonly plugin: string | undefined;
  /** Whether the error came out of Millrace's own core: then its state cannot be trusted. */
  readonly isCore: boolean;
}

/** Finds out whose code a stray error came out of. */
export function attribute(error: Error): Culprit {
  const files = stackFiles(error);
  const plugin = files.map((file) => pluginFile.exec(file)?.[1]).find((type) => type !== undefined);
  const [file] = files;
  const isCore = plugin === undefined && file !== undefined && isCoreFile(file);
  return { file, plugin, isCore };
}

function stackFiles(error: Error): string[] {
  const found = (error.stack ?? '').matchAll(
    /^\s+at .*?\(?((?:file:\/\/)?\/[^()]+?):\d+:\d+\)?$/gm,
  );
  return [...found].map(([, file = '']) => (file.startsWith('file:') ? fileURLToPath(file) : file));
}

function isCoreFile(file: string): boolean {
  return file.startsWith(`${ownRoot}lib${sep}`);
}
