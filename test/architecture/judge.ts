import { posix } from 'node:path';
import { roomOf, whyNotImport } from './rooms.ts';
import { type Scan, type SourceFile, scan } from './tree.ts';

/** What the judge must know besides the files. */
export interface Declared {
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

const barrels = ['lib/index.ts', 'lib/testing/index.ts'];
const bannedWords =
  /^(items?|data|payloads?|handlers?|managers?|utils?|utility|helpers?|services?)$/;
const bannedTypes = ['Event', 'Record', 'Buffer'];
const longestSource = 400;
const longestTest = 600;

/** Every way in which the files break the design, one line each, with file and line. */
export function judge(files: readonly SourceFile[], declared: Declared): string[] {
  const paths = new Set(files.map((file) => file.path));
  return files.flatMap((file) => {
    const found = scan(file);
    return [
      ...judgeName(file.path),
      ...judgeLength(file),
      ...judgeImports(file.path, found, paths, declared),
      ...judgeExports(file.path, found),
      ...judgeTypes(file.path, found),
    ];
  });
}

/** Whether a file is one plugin: its default export is found by folder and file name. */
export function isPluginFile(path: string): boolean {
  return /^(?:(?:operators|connectors)|test\/.+\/plugins)\/[a-z]+\/[^/]+\.ts$/.test(path);
}

function isTest(path: string): boolean {
  return path.startsWith('test/');
}

function judgeName(path: string): string[] {
  const faults: string[] = [];
  const folders = path.split('/');
  const file = folders.pop() ?? '';
  const words = file.replace(/(\.test)?\.ts$/, '');
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(words) || /\.(?!test\.ts$|ts$)/.test(file)) {
    faults.push(`${path}: a file's name is snake_case`);
  }
  for (const word of [...folders, words].flatMap((part) => part.split('_'))) {
    if (bannedWords.test(word)) faults.push(`${path}: \`${word}\` names nothing`);
  }
  return faults;
}

function judgeLength(file: SourceFile): string[] {
  const lines = file.text.split('\n').length - (file.text.endsWith('\n') ? 1 : 0);
  const most = isTest(file.path) ? longestTest : longestSource;
  return lines > most ? [`${file.path}: ${lines} lines, more than ${most}`] : [];
}

function judgeImports(
  path: string,
  found: Scan,
  paths: ReadonlySet<string>,
  declared: Declared,
): string[] {
  const inside = isTest(path) || path.startsWith('examples/');
  if (!inside && roomOf(path) === undefined) return [`${path}: lies in no room of the design`];
  return found.imports.flatMap(({ specifier, line }) => {
    const fault = (why: string): string[] => [`${path}:${line}: imports \`${specifier}\`: ${why}`];
    if (specifier.startsWith('node:')) return [];
    if (!specifier.startsWith('.')) {
      const name = packageName(specifier);
      if (declared.dependencies.includes(name)) return [];
      if (inside && declared.devDependencies.includes(name)) return [];
      return fault('not a declared dependency');
    }
    const target = posix.join(posix.dirname(path), specifier);
    // What the package says of itself is no code.
    if (target === 'package.json') return [];
    if (!paths.has(target)) return fault('there is no such file');
    if (inside) return [];
    const why = whyNotImport(path, target);
    return why === undefined ? [] : fault(why);
  });
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function judgeExports(path: string, found: Scan): string[] {
  const faults: string[] = [];
  if (!barrels.includes(path)) {
    for (const line of found.reexports) faults.push(`${path}:${line}: only the surface re-exports`);
  }
  const mayDefault = isPluginFile(path) || path.startsWith('test/golden/');
  if (found.hasDefaultExport && !mayDefault) {
    faults.push(`${path}: only a plugin has a default export`);
  }
  if (/^(operators|connectors)\//.test(path)) {
    if (!isPluginFile(path)) faults.push(`${path}: one file is one plugin, in its kind's folder`);
    else if (!found.hasDefaultExport) faults.push(`${path}: a plugin is the default export`);
  }
  return faults;
}

function judgeTypes(path: string, found: Scan): string[] {
  return found.types
    .filter(({ name }) => bannedTypes.includes(name) || words(name).some(isBanned))
    .map(({ name, line }) => `${path}:${line}: no type is called \`${name}\``);
}

function words(name: string): string[] {
  return name.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
}

function isBanned(word: string): boolean {
  return bannedWords.test(word);
}
