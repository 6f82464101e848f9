import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The README as text. */
export const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

/** A piece of code in the README. */
interface Snippet {
  readonly language: string;
  /** What stands behind the language: of TypeScript, the name of the file. */
  readonly name: string;
  readonly text: string;
}

/** Every piece of code in the README, in order. */
export const snippets: readonly Snippet[] = [
  ...readme.matchAll(/^```(\w+)[ ]?(.*)\n([\s\S]*?)^```$/gm),
].map(([, language = '', name = '', text = '']) => ({ language, name, text }));

/** Writes those in TypeScript as files below a folder. */
export function writeSnippets(folder: string): void {
  for (const { language, name, text } of snippets) {
    if (language !== 'ts') continue;
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
