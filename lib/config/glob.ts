import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Whether a path has a character with a meaning in patterns. */
export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path);
}

/**
 * The existing paths that match a pattern of `*`, `?`, `[a-z]`, `{a,b}`, `**` for any folders, and `\` before
 * a literal character. Names that start with a dot match only a pattern that starts with one.
 */
export function glob(pattern: string, folder: string): readonly string[] {
  const found = new Set<string>();
  for (const alternative of expandBraces(pattern)) {
    const parts = alternative.split('/').filter((part) => part !== '' && part !== '.');
    walk(isAbsolute(alternative) ? '/' : folder, parts, found);
  }
  return [...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function walk(folder: string, parts: readonly string[], found: Set<string>): void {
  const [part, ...rest] = parts;
  if (part === undefined) {
    if (existsSync(folder)) found.add(folder);
    return;
  }
  if (part === '**') {
    walk(folder, rest, found);
    for (const { name, isFolder } of namesIn(folder)) {
      if (isFolder && !name.startsWith('.')) walk(join(folder, name), parts, found);
    }
    return;
  }
  if (!/[*?[\\]/.test(part)) {
    walk(join(folder, part), rest, found);
    return;
  }
  const matcher = compile(part);
  for (const { name } of namesIn(folder)) {
    if (matcher.test(name) && (!name.startsWith('.') || part.startsWith('.'))) {
      walk(join(folder, name), rest, found);
    }
  }
}

/** A link to a folder is not followed by `**`, so that a loop of links ends. */
function namesIn(folder: string): readonly { name: string; isFolder: boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      isFolder: entry.isDirectory(),
    }));
  } catch {
    return []; // what cannot be listed holds nothing that matches
  }
}

function compile(part: string): RegExp {
  const source = part.replace(
    /\\(.)|\[([!^]?)((?:[^\]\\]|\\.)+)\]|\*+|\?|[.+^${}()|[\]\\/]/gs,
    (token, escaped: string | undefined, negation: string | undefined, set: string | undefined) => {
      if (escaped !== undefined) return escapeRegExp(escaped);
      if (set !== undefined) return `[${negation === '' ? '' : '^'}${set.replace(/\[/g, '\\[')}]`;
      if (token.startsWith('*')) return '[^/]*';
      return token === '?' ? '[^/]' : escapeRegExp(token);
    },
  );
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    return new RegExp(`^${escapeRegExp(part)}$`, 'su'); // such as `[z-a]`: no set, so a plain name
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

/** `a{b,c{d,e}}` is `ab`, `acd`, `ace`; a brace without its partner is a plain character. */
function expandBraces(pattern: string): string[] {
  const open = pattern.indexOf('{');
  if (open < 0) return [pattern];
  const choices: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let index = open; index < pattern.length; index += 1) {
    const character = pattern[index];
    if (character === '{') depth += 1;
    else if (character === '}') depth -= 1;
    const isEnd = character === '}' && depth === 0;
    if (isEnd || (character === ',' && depth === 1)) {
      choices.push(pattern.slice(start, index));
      start = index + 1;
    }
    if (isEnd) {
      const head = pattern.slice(0, open);
      const tails = expandBraces(pattern.slice(index + 1));
      return choices
        .flatMap((choice) => expandBraces(choice))
        .flatMap((choice) => tails.map((tail) => `${head}${choice}${tail}`));
    }
  }
  return [pattern];
}
