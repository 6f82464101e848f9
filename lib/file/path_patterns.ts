import { readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../error.ts';
import { EventTime } from '../event/time.ts';
import { compileTimeFormatter } from '../event/time_format.ts';
import { anyFolders, escapeExpression, type GlobPart, globExpression, parseGlobs } from './glob.ts';

/** Which wildcards make a path a glob: `*` alone, `*`, `?` and `[...]`, or these and `{a,b}`. */
export type GlobPolicy = 'backward_compatible' | 'extended' | 'always';

/** What paths are looked for. */
export interface PathSettings {
  readonly paths: readonly string[];
  readonly excluded: readonly string[];
  readonly globPolicy: GlobPolicy;
  /** The zone in which times in paths are written; the process's own when absent. */
  readonly timezone: string | undefined;
  /** Files found by a glob that were last written longer ago are left out. */
  readonly modifiedWithinMs: number | undefined;
}

const directive = /%[-0_^#:]*\d*[a-zA-Z%]/;

/** Paths with globs and strftime directives, and the files that they mean at a moment. */
export class PathPatterns {
  readonly #settings: PathSettings;
  readonly #print: ReadonlyMap<string, (time: EventTime) => string>;
  readonly #ever: RegExp;

  /** @throws MR_TIME when the zone is unknown */
  constructor(settings: PathSettings) {
    this.#settings = settings;
    const timed = [...settings.paths, ...settings.excluded].filter((path) => directive.test(path));
    this.#print = new Map(
      timed.map((format) => [
        format,
        compileTimeFormatter({ format, timezone: settings.timezone }),
      ]),
    );
    this.#ever = new RegExp(settings.paths.map((path) => this.#everSource(path)).join('|'), 's');
  }

  /** Whether a path is, was or may once be one of those looked for; what is excluded does not count. */
  mayMean(path: string): boolean {
    return this.#ever.test(path);
  }

  /** The paths without wildcards, whether there are such files or not, and the files that globs match, each once. */
  async expand(nowMs: number): Promise<string[]> {
    const now = EventTime.fromMs(nowMs);
    const excluded = this.#settings.excluded.map((path) => this.#atTime(path, now));
    const isExcluded = new RegExp(
      excluded.map((path) => this.#expression(path).source).join('|') || '(?!)',
      's',
    );
    const found = new Set<string>();
    for (const path of this.#settings.paths.map((each) => this.#atTime(each, now))) {
      if (!this.#isGlob(path)) found.add(path);
      else for (const match of await this.#match(path, nowMs)) found.add(match);
    }
    return [...found].filter((path) => !isExcluded.test(path));
  }

  /** Whether there are globs, whose files may be others at each look. */
  get hasGlobs(): boolean {
    return this.#settings.paths.some((path) => this.#isGlob(path));
  }

  /** Folders in which globs look for names: new files come there. */
  folders(nowMs: number): string[] {
    const now = EventTime.fromMs(nowMs);
    const globs = this.#settings.paths.filter((path) => this.#isGlob(path));
    return globs.flatMap((path) =>
      parseGlobs(this.#atTime(path, now)).map(({ root }) =>
        root === '' ? '.' : dirname(`${root}_`),
      ),
    );
  }

  async #match(pattern: string, nowMs: number): Promise<string[]> {
    const found: string[] = [];
    for (const glob of parseGlobs(pattern)) await walk(glob.root, glob.parts, found);
    const { modifiedWithinMs } = this.#settings;
    const kept: string[] = [];
    for (const path of found.sort()) {
      const stats = await stat(path).catch(() => undefined);
      if (stats === undefined || stats.isDirectory()) continue;
      if (modifiedWithinMs !== undefined && stats.mtimeMs < nowMs - modifiedWithinMs) continue;
      kept.push(path);
    }
    return kept;
  }

  #atTime(path: string, now: EventTime): string {
    return this.#print.get(path)?.(now) ?? path;
  }

  #isGlob(path: string): boolean {
    const { globPolicy } = this.#settings;
    if (globPolicy === 'backward_compatible') return path.includes('*');
    return /[*?]|\[.*\]/.test(path) || (globPolicy === 'always' && /\{.*,.*\}/.test(path));
  }

  #expression(path: string): RegExp {
    return this.#isGlob(path) ? globExpression(path) : new RegExp(`^${escapeExpression(path)}$`);
  }

  #everSource(path: string): string {
    const parts = path.split(new RegExp(`(${directive.source})`));
    if (parts.length === 1) return this.#expression(path).source;
    // A directive is taken for any text within a name.
    return this.#isGlob(path)
      ? globExpression(parts.map((part) => (directive.test(part) ? '*' : part)).join('')).source
      : `^${parts.map((part) => (directive.test(part) ? '[^/]*' : escapeExpression(part))).join('')}$`;
  }
}

async function walk(root: string, parts: readonly GlobPart[], found: string[]): Promise<void> {
  const [part, ...rest] = parts;
  if (part === undefined) return;
  if (part === anyFolders) {
    await walk(root, rest, found);
    for (const entry of await list(root)) {
      if (entry.isDirectory() && !entry.name.startsWith('.')) {
        await walk(`${root}${entry.name}/`, parts, found);
      }
    }
    return;
  }
  const names =
    typeof part === 'string'
      ? [part]
      : (await list(root)).map(({ name }) => name).filter((name) => part.test(name));
  for (const name of names) {
    if (rest.length === 0) found.push(root + name);
    else await walk(`${root}${name}/`, rest, found);
  }
}

async function list(folder: string): Promise<{ name: string; isDirectory(): boolean }[]> {
  try {
    return await readdir(folder === '' ? '.' : folder, { withFileTypes: true });
  } catch (error) {
    if (unreadable.has(systemCode(error) ?? '')) return [];
    throw error;
  }
}

const unreadable = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG']);
