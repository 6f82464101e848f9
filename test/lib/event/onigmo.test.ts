import assert from 'node:assert/strict';
import test from 'node:test';
import { compileOnigmo } from '../../../lib/event/onigmo.ts';

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
