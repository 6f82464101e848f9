/**
 * A step of a pattern. Each one maps the places in a tag where it may begin to those where it may end, so
 * a match costs (length of the pattern) x (length of the tag) at worst, whatever the pattern.
 */
type Step =
  | { readonly kind: 'character'; readonly code: number }
  /** `*`: the rest of one part. */
  | { readonly kind: 'part' }
  /** `**`: anything at all. */
  | { readonly kind: 'any' }
  /** `**.`: whole parts with their dots, or nothing at the start of the tag. */
  | { readonly kind: 'parts' }
  /** What stands between `a` and `**` in `a.**`: the end of a part, without its dot. */
  | { readonly kind: 'partEnd' }
  | { readonly kind: 'either'; readonly branches: readonly (readonly Step[])[] };

/** Set of places in a tag: `places[i]` is 1 when place `i`, before the i-th character, is in it. */
type Places = Uint8Array;

/** A parsed pattern without alternatives by white space: `app.*`, `a.**`, `{a,b}.c`. */
export interface Glob {
  matches(tag: string): boolean;
}

/** Reads a pattern; undefined when a brace is left open. */
export function parseGlob(text: string): Glob | undefined {
  const steps = parseSteps(text);
  if (steps === undefined) return undefined;
  const literal = literalOf(steps);
  if (literal !== undefined) return { matches: (tag) => tag === literal };
  if (steps.length === 1 && steps[0]?.kind === 'any') return { matches: () => true };
  return {
    matches(tag) {
      const start = new Uint8Array(tag.length + 1);
      start[0] = 1;
      return runSteps(steps, tag, start)[tag.length] === 1;
    },
  };
}

interface OpenBrace {
  readonly branches: Step[][];
  readonly outer: Step[];
}

function parseSteps(text: string): Step[] | undefined {
  const open: OpenBrace[] = [];
  let steps: Step[] = [];
  // A dot is written only once it is known that no `**` follows it, for `a.**` also matches `a`.
  let isDotPending = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (text.startsWith('**', index)) {
      if (isDotPending) steps.push({ kind: 'partEnd' });
      isDotPending = false;
      const isWhole = text.charAt(index + 2) === '.';
      steps.push({ kind: isWhole ? 'parts' : 'any' });
      index += isWhole ? 2 : 1;
      continue;
    }
    if (isDotPending) steps.push(literalStep('.'));
    isDotPending = character === '.';
    if (isDotPending) continue;
    const brace = open.at(-1);
    if (character === '\\') {
      index += 1;
      if (index < text.length) steps.push(literalStep(text.charAt(index)));
    } else if (character === '*') {
      steps.push({ kind: 'part' });
    } else if (character === '{') {
      open.push({ branches: [], outer: steps });
      steps = [];
    } else if (character === ',' && brace !== undefined) {
      brace.branches.push(steps);
      steps = [];
    } else if (character === '}' && brace !== undefined) {
      open.pop();
      brace.branches.push(steps);
      steps = brace.outer;
      steps.push({ kind: 'either', branches: brace.branches });
    } else {
      steps.push(literalStep(character));
    }
  }
  return open.length > 0 ? undefined : steps;
}

function literalStep(character: string): Step {
  return { kind: 'character', code: character.charCodeAt(0) };
}

function literalOf(steps: readonly Step[]): string | undefined {
  let text = '';
  for (const step of steps) {
    if (step.kind !== 'character') return undefined;
    text += String.fromCharCode(step.code);
  }
  return text;
}

const dot = '.'.charCodeAt(0);

function runSteps(steps: readonly Step[], tag: string, start: Places): Places {
  let places = start;
  for (const step of steps) places = runStep(step, tag, places);
  return places;
}

function runStep(step: Step, tag: string, from: Places): Places {
  const to = new Uint8Array(from.length);
  switch (step.kind) {
    case 'character':
      for (let at = 0; at < tag.length; at += 1) {
        if (from[at] === 1 && tag.charCodeAt(at) === step.code) to[at + 1] = 1;
      }
      return to;
    case 'part':
      for (let at = 0; at <= tag.length; at += 1) {
        const isReached = at > 0 && to[at - 1] === 1 && tag.charCodeAt(at - 1) !== dot;
        if (from[at] === 1 || isReached) to[at] = 1;
      }
      return to;
    case 'any': {
      const first = from.indexOf(1);
      return first === -1 ? to : to.fill(1, first);
    }
    case 'parts': {
      const first = from.indexOf(1);
      if (first === -1) return to;
      if (first === 0) to[0] = 1;
      for (let at = first; at < tag.length; at += 1) {
        if (tag.charCodeAt(at) === dot) to[at + 1] = 1;
      }
      return to;
    }
    case 'partEnd':
      for (let at = 0; at <= tag.length; at += 1) {
        const isEnd = at === tag.length || tag.charCodeAt(at) === dot;
        if (from[at] === 1 && isEnd) to[at] = 1;
      }
      return to;
    case 'either':
      for (const branch of step.branches) {
        const reached = runSteps(branch, tag, from);
        for (let at = 0; at <= tag.length; at += 1) if (reached[at] === 1) to[at] = 1;
      }
      return to;
  }
}
