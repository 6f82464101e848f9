import assert from 'node:assert/strict';
import test from 'node:test';
import { requestPath } from '../../../lib/plugin/request_path.ts';

test('gives what stands before the last word, which is the protocol', () => {
  assert.equal(requestPath('/a?b=c HTTP/1.1'), '/a?b=c');
  assert.equal(requestPath(' /a b  HTTP/1.1'), '/a b');
  assert.equal(requestPath('/a  '), '/a');
});

test('gives one word as it is, and nothing of nothing', () => {
  assert.equal(requestPath('/a'), '/a');
  assert.equal(requestPath('/a b\tc'), '/a b\tc');
  assert.equal(requestPath('   '), '');
  assert.equal(requestPath(''), '');
});
