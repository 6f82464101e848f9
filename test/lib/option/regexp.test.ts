import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { compileRegexp, splitRegexp } from '../../../lib/option/regexp.ts';

test('takes the source and the flags apart', () => {
  assert.deepEqual(splitRegexp('/a/'), { source: 'a', flags: '' });
  assert.deepEqual(splitRegexp('/a b/mi'), { source: 'a b', flags: 'im' });
  assert.deepEqual(splitRegexp('a/'), { source: 'a/', flags: '' });
  assert.deepEqual(splitRegexp('/'), { source: '', flags: '' });
  assert.deepEqual(splitRegexp('/a/b/i'), { source: 'a/b', flags: 'i' });
  assert.deepEqual(splitRegexp('/a/xmi'), { source: 'a', flags: 'imx' });
});

test('ignores one or two letters that are no flags, as Fluentd does, but no more', () => {
  assert.deepEqual(splitRegexp('/a/b'), { source: 'a', flags: '' });
  assert.throws(
    () => splitRegexp('/var/log'),
    (error) =>
      error instanceof MillraceError && /between slashes, not `\/var\/log`/.test(error.message),
  );
});

test('compiles with the flags', () => {
  assert.equal(compileRegexp('/^err.or$/im').test('x\nERR\nOR\ny'), true);
  assert.equal(compileRegexp('/a b # two letters/x').test('ab'), true);
  assert.equal(compileRegexp('a.b').test('a\nb'), false);
});

test('refuses a wrong expression with the reason', () => {
  for (const text of ['(', '/[a-/', '/(?<a>/']) {
    assert.throws(
      () => compileRegexp(text),
      (error) =>
        error instanceof MillraceError &&
        error.code === 'MR_OPTION' &&
        error.message.startsWith(`\`${text}\` is not a regular expression: `) &&
        error.cause instanceof Error,
    );
  }
});
