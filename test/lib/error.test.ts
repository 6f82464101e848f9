import assert from 'node:assert/strict';
import test from 'node:test';
import {
  isUnrecoverable,
  MillraceError,
  PartialFailure,
  rejectionsOf,
  systemCode,
  toError,
  Unrecoverable,
} from '../../lib/error.ts';

const at = { file: 'app.conf', line: 3, column: 5, length: 4, source: '    port x' };

test('an error carries its code, its place, its hint and what caused it', () => {
  const cause = new Error('not a number');
  const error = new MillraceError('MR_OPTION', 'bad port', { cause, at, hint: 'use a number' });
  assert.equal(error.code, 'MR_OPTION');
  assert.equal(error.cause, cause);
  assert.equal(error.at, at);
  assert.equal(error.hint, 'use a number');
  assert(error instanceof Error);
});

test('without a cause there is no property `cause`', () => {
  assert.equal('cause' in new MillraceError('MR_IO', 'x'), false);
});

test('the code alone decides whether trying again can help', () => {
  assert.equal(new MillraceError('MR_NET', 'refused').retryable, true);
  assert.equal(new MillraceError('MR_BUFFER_OVERFLOW', 'full').retryable, true);
  assert.equal(new MillraceError('MR_OPTION', 'bad').retryable, false);
  assert.equal(new Unrecoverable('too large').retryable, false);
});

test('a partial failure names how many were refused and the first reason', () => {
  const two = new PartialFailure([
    { index: 1, reason: 'too old' },
    { index: 4, reason: 'no field' },
  ]);
  assert.equal(two.message, '2 entries were refused: too old');
  assert.equal(
    new PartialFailure([{ index: 0, reason: 'bad' }]).message,
    '1 entry was refused: bad',
  );
  assert.equal(two.retryable, false);
  assert.equal(two.rejected[1]?.index, 4);
});

test('what is hopeless, and what was rejected, is known also of the classes of another Millrace', () => {
  const other = Object.assign(new Error('x'), { name: 'Unrecoverable' });
  assert.equal(isUnrecoverable(other), true);
  assert.equal(isUnrecoverable(new Unrecoverable('x')), true);
  assert.equal(isUnrecoverable(new MillraceError('MR_NET', 'x')), false);
  assert.equal(isUnrecoverable(new Error('x')), false);
  const rejected = [{ index: 0, reason: 'bad' }];
  const partial = Object.assign(new Error('x'), { name: 'PartialFailure' });
  assert.deepEqual(rejectionsOf(new PartialFailure(rejected)), rejected);
  assert.deepEqual(
    rejectionsOf(Object.assign(partial, { rejected: [...rejected, null, 7] })),
    rejected,
  );
  assert.equal(rejectionsOf(Object.assign(partial, { rejected: 'all' })), undefined);
  assert.equal(rejectionsOf({ name: 'PartialFailure', rejected }), undefined);
});

test('an error is passed on as it is', () => {
  const error = new TypeError('x');
  assert.equal(toError(error), error);
});

test('anything else that is thrown becomes an error, with what was thrown as its cause', () => {
  assert.equal(toError('gone').message, 'gone');
  assert.equal(toError(undefined).message, 'undefined');
  assert.equal(toError(Symbol('s')).message, 'Symbol(s)');
  const bare = Object.create(null);
  const thrown = toError(bare);
  assert.equal(thrown.cause, bare);
  assert.match(thrown.message, /cannot be printed/);
});

test('the code of a system error is found, and nothing else passes for one', () => {
  assert.equal(systemCode(Object.assign(new Error('x'), { code: 'ENOENT' })), 'ENOENT');
  for (const other of [new Error('x'), { code: 7 }, 'ENOENT', null, undefined]) {
    assert.equal(systemCode(other), undefined);
  }
});
