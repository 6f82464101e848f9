import assert from 'node:assert/strict';
import test from 'node:test';
import { address } from '../../../lib/cli/arguments.ts';

test('an address is a host and a port, or has the port of the forward protocol', () => {
  assert.deepEqual(address('logs.example:1234'), { host: 'logs.example', port: 1234 });
  assert.deepEqual(address('logs.example'), { host: 'logs.example', port: 24224 });
  assert.deepEqual(address('[::1]:1234'), { host: '::1', port: 1234 });
  assert.deepEqual(address('[::1]'), { host: '::1', port: 24224 });
});

test('what is no address is refused', () => {
  for (const text of ['', ':1234', '::1', 'host:', 'host:0', 'host:99999', 'host:x', 'a:1:2']) {
    assert.throws(() => address(text), /expected/, text);
  }
});
