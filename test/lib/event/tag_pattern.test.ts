import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../../lib/error.ts';
import { compileTagPattern } from '../../../lib/event/tag_pattern.ts';

function matches(pattern: string, tag: string): boolean {
  return compileTagPattern(pattern).matches(tag);
}

function refuses(pattern: string): void {
  assert.throws(
    () => compileTagPattern(pattern),
    (error) => error instanceof MillraceError && error.code === 'MR_PATTERN',
  );
}

test('a star is one part of a tag and no more', () => {
  assert.equal(matches('a.*', 'a.b'), true);
  assert.equal(matches('a.*', 'a'), false);
  assert.equal(matches('a.*', 'a.b.c'), false);
});

test('two stars are any number of parts, none included', () => {
  assert.equal(matches('a.**', 'a'), true);
  assert.equal(matches('a.**', 'a.b.c'), true);
  assert.equal(matches('a.**', 'ab'), false);
  assert.equal(matches('**.b', 'b'), true);
  assert.equal(matches('**.b', 'ab'), false);
});

test('white space separates alternatives', () => {
  assert.equal(matches('  a\tb.* ', 'a'), true);
  assert.equal(matches('a b.*', 'b.c'), true);
  assert.equal(matches('a b.*', 'c'), false);
});

test('the empty pattern matches no tag', () => {
  assert.equal(matches('', ''), false);
  assert.equal(matches(' ', 'a'), false);
});

test('a regular expression in slashes must match the whole tag', () => {
  assert.equal(matches('/a|b/', 'b'), true);
  assert.equal(matches('/a|b/', 'ax'), false);
  assert.equal(matches('/a|b/', 'xb'), false);
  assert.equal(matches('/(?i)app\\.\\h+/', 'APP.0F'), true);
});

test('a line break in a tag is a character like any other', () => {
  assert.equal(matches('a', 'a\n'), false);
  assert.equal(matches('a.**', 'a.b\nc'), true);
  assert.equal(matches('/a/', 'a\n'), false);
});

test('refuses a brace that is not closed and an expression that is wrong', () => {
  refuses('{a,b');
  refuses('a {b,{c}');
  refuses('/');
  refuses('/a');
  refuses('/a/i');
  refuses('/(a/');
});

test('matches like the regular expression that defines a pattern', () => {
  const token = fc.constantFrom('a', 'b', '.', '*', '**', '{', '}', ',', '\\', '+', ' ');
  const pattern = fc.array(token, { maxLength: 12 }).map((tokens) => closeBraces(tokens.join('')));
  const tag = fc
    .array(fc.constantFrom('a', 'b', '.', ',', '*', '+', '{'), { maxLength: 8 })
    .map((characters) => characters.join(''));
  fc.assert(
    fc.property(pattern, fc.array(tag, { minLength: 1, maxLength: 20 }), (text, tags) => {
      const compiled = compileTagPattern(text);
      const references = text.split(' ').filter((part) => part !== '');
      for (const one of tags) {
        const expected = references.some((part) => referenceOf(part).test(one));
        assert.equal(compiled.matches(one), expected, `${text} against ${one}`);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a pattern of many stars is decided at once, whatever the tag', () => {
  const tag = 'a.'.repeat(2000);
  assert.equal(matches(`${'**.'.repeat(200)}b`, tag), false);
  assert.equal(matches(`${'*a'.repeat(200)}b`, 'a'.repeat(4000)), false);
});

/** Closes the open braces of each alternative. */
function closeBraces(pattern: string): string {
  const close = (part: string): string => {
    let open = 0;
    for (const character of part.replace(/\\./g, '')) {
      if (character === '{') open += 1;
      if (character === '}' && open > 0) open -= 1;
    }
    const isEscaped = part.replace(/\\./g, '').endsWith('\\');
    return (isEscaped && open > 0 ? part.slice(0, -1) : part) + '}'.repeat(open);
  };
  return pattern.split(' ').map(close).join(' ');
}

/** The slow reference: the definition of a pattern as a (backtracking) regular expression. */
function referenceOf(pattern: string): RegExp {
  let depth = 0;
  const source = pattern.replace(/\.?\*\*\.?|\\.?|./g, (token: string, at: number): string => {
    if (token.endsWith('*') && token.startsWith('.')) return '(?![^.]).*';
    if (token.startsWith('.**')) return '(?![^.])(?:.*\\.|^)';
    if (token === '**.') return '(?:.*\\.|^)';
    if (token === '**') return '.*';
    if (token === '*') return '[^.]*';
    if (token === '.') return at === pattern.length - 1 ? '' : '\\.';
    if (token === '\\') return '';
    if (token === '{') {
      depth += 1;
      return '(?:';
    }
    if (token === ',' && depth > 0) return '|';
    if (token === '}' && depth > 0) {
      depth -= 1;
      return ')';
    }
    const character = token.startsWith('\\') ? token.slice(1) : token;
    return /\w/.test(character) ? character : `\\${character}`;
  });
  return new RegExp(`^(?:${source})$`, 's');
}
