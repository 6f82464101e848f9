import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { toCamel, toSnake } from '../../../lib/option/spelling.ts';

test('the two spellings of a key are those of a config and of TypeScript', () => {
  for (const [snake, camel] of [
    ['flush_interval', 'flushInterval'],
    ['path', 'path'],
    ['read_from_head', 'readFromHead'],
    ['sha256', 'sha256'],
    ['http2_port', 'http2Port'],
    ['use_t_l_s', 'useTLS'],
  ] as const) {
    assert.equal(toCamel(snake), camel);
    assert.equal(toSnake(camel), snake);
  }
});

test('keys that every plugin has stay as they are', () => {
  assert.equal(toCamel('@log_level'), '@log_level');
  assert.equal(toSnake('@log_level'), '@log_level');
});

test('every key in TypeScript’s spelling comes back from the config’s', () => {
  const key = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,20}$/);
  fc.assert(fc.property(key, (camel) => assert.equal(toCamel(toSnake(camel)), camel)));
});
