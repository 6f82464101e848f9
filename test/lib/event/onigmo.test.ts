import assert from 'node:assert/strict';
import test from 'node:test';
import { captures, compileOnigmo } from '../../../lib/event/onigmo.ts';

test('understands what Ruby has and JavaScript has not', () => {
  assert.equal(compileOnigmo('\\A\\h+\\z').test('c0ffee'), true);
  assert.equal(compileOnigmo('a(?i)b').test('aB'), true);
  assert.equal(compileOnigmo('(?<name>[[:alpha:]]++)').exec('1ab')?.groups?.['name'], 'ab');
});

test('anchors lines, as Ruby does', () => {
  assert.equal(compileOnigmo('^b$').test('a\nb\nc'), true);
});

test('takes the flags of Ruby', () => {
  assert.equal(compileOnigmo('A', { ignoresCase: true }).test('a'), true);
  assert.equal(compileOnigmo('a.b').test('a\nb'), false);
  assert.equal(compileOnigmo('a.b', { dotMatchesLineBreak: true }).test('a\nb'), true);
  assert.equal(compileOnigmo('a b # both', { isExtended: true }).test('ab'), true);
});

test('throws at an expression that is wrong', () => {
  assert.throws(() => compileOnigmo('(a'), Error);
});

test('takes digits, spaces and words as ASCII, and bracket classes as Unicode', () => {
  assert.equal(compileOnigmo('\\A\\d+\\z').test('１２'), false);
  assert.equal(compileOnigmo('\\w+').exec('naïve')?.[0], 'na');
  assert.equal(compileOnigmo('\\A\\s\\z').test('\u00a0'), false);
  assert.equal(compileOnigmo('\\A[[:alpha:]]+\\z').test('naïve'), true);
});

test('ends a line at a line feed only', () => {
  assert.equal(compileOnigmo('^(?<m>.*)$').exec('a\rb\u2028c\nd')?.groups?.['m'], 'a\rb\u2028c');
});

test('tells the captures of an expression, those that share a name together', () => {
  const expression = compileOnigmo('(?:a(?<v>\\d)|b(?<v>\\d))(?<w>\\(?<v>)?');
  assert.deepEqual(captures(expression), [
    { name: 'v', groups: ['v$2', 'v'] },
    { name: 'w', groups: ['w'] },
  ]);
  assert.equal(expression.exec('b7')?.groups?.['v$2'], '7');
  assert.deepEqual(captures(/(a)(?<n>b)/), [{ name: 'n', groups: ['n'] }]);
  assert.deepEqual(captures(/(a)/), []);
});

test('leaves a shared name alone that the expression refers to', () => {
  assert.equal(compileOnigmo('(?<q>")x\\k<q>|(?<q>x)').test('"x"'), true);
});
