/** A glob as Ruby's `Dir.glob` reads it, cut at its slashes. */
export interface Glob {
  /** The folder up to the first part with a wildcard: `/var/log/`, or empty for a relative path. */
  readonly root: string;
  /** The rest: a name, an expression for names, or `**` for any number of folders. */
  readonly parts: readonly GlobPart[];
}

/** One part of a path between slashes. */
export type GlobPart = string | RegExp | typeof anyFolders;

/** `**` as a whole part: any number of folders, hidden ones and links to folders left out. */
export const anyFolders = Symbol('**');

/** The globs that a pattern stands for: its braces are written out. */
export function parseGlobs(pattern: string): readonly Glob[] {
  return expandBraces(pattern).map((each) => {
    const parts = each.split('/');
    const plain = parts.findIndex((part, index) => isWild(part) || index === parts.length - 1);
    const root = parts.slice(0, plain).map(withoutBackslashes);
    return {
      root: root.length === 0 ? '' : `${root.join('/')}/`,
      parts: parts.slice(plain).map(compilePart),
    };
  });
}

/** An expression for the whole paths that a pattern stands for. */
export function globExpression(pattern: string): RegExp {
  const sources = expandBraces(pattern).map((each) => {
    const parts = each.split('/');
    return parts
      .map((part, index) => {
        if (part === '**' && index < parts.length - 1) return '(?:[^/.][^/]*/)*';
        return partSource(part) + (index < parts.length - 1 ? '/' : '');
      })
      .join('');
  });
  return new RegExp(`^(?:${sources.join('|')})$`, 's');
}

/** An expression for exactly one text. */
export function escapeExpression(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function compilePart(part: string, index: number, parts: readonly string[]): GlobPart {
  if (part === '**' && index < parts.length - 1) return anyFolders;
  return isWild(part) ? new RegExp(`^${partSource(part)}$`, 's') : withoutBackslashes(part);
}

function isWild(part: string): boolean {
  return /[*?]|\[.*\]/.test(part.replaceAll(/\\./g, ''));
}

function withoutBackslashes(part: string): string {
  return part.replaceAll(/\\(.)/g, '$1');
}

/** A wildcard never matches a dot at the begin of a name. */
function partSource(part: string): string {
  const source = part.replaceAll(
    /\\(.)|\*+|\?|\[([!^]?)((?:\\.|[^\]\\])+)\]|[^*?[\\]+|[[\\]/gs,
    (token, escaped?: string, negation?: string, set?: string) => {
      if (escaped !== undefined) return escapeExpression(escaped);
      if (token.startsWith('*')) return '[^/]*';
      if (token === '?') return '[^/]';
      if (set !== undefined) {
        const inside = set.replaceAll(/\\(.)/g, '$1').replaceAll(/[\\\]^[]/g, '\\$&');
        return negation === '' ? `(?!/)[${inside}]` : `[^/${inside}]`;
      }
      return escapeExpression(token);
    },
  );
  return /^[*?[]/.test(part) ? `(?!\\.)${source}` : source;
}

function expandBraces(pattern: string): string[] {
  const open = indexOfPlain(pattern, '{', 0);
  if (open < 0) return [pattern];
  let depth = 0;
  let from = open + 1;
  const choices: string[] = [];
  for (let at = open; at < pattern.length; at += 1) {
    const letter = pattern[at];
    if (letter === '\\') at += 1;
    else if (letter === '{') depth += 1;
    else if (letter === ',' && depth === 1) {
      choices.push(pattern.slice(from, at));
      from = at + 1;
    } else if (letter === '}' && --depth === 0) {
      choices.push(pattern.slice(from, at));
      const before = pattern.slice(0, open);
      return choices.flatMap((choice) => expandBraces(before + choice + pattern.slice(at + 1)));
    }
  }
  return [pattern];
}

function indexOfPlain(text: string, letter: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === letter) return at;
  }
  return -1;
}
