import assert from 'node:assert/strict';
import test from 'node:test';
import { encode } from '@msgpack/msgpack';
import { decodeFarewell, encodeFarewell } from '../../../lib/codec/forward_farewell.ts';

test('a last word is read back', () => {
  const farewell = { kind: 'expired', reason: 'our certificate has expired' };
  assert.deepEqual(decodeFarewell(encodeFarewell(farewell)), farewell);
  assert.deepEqual(decodeFarewell(encode({ refused: 'a', reason: 'b' })), {
    kind: 'a',
    reason: 'b',
  });
});

test('what is no last word is none, and one from outside cannot spoil a log', () => {
  for (const other of [
    { ack: 'a' },
    ['PONG', false, 'no', '', ''],
    { refused: 1, reason: 'b' },
    { refused: 'a', reasons: 'b' },
    { refused: 'a', reason: 'x'.repeat(10_000) },
    null,
  ]) {
    assert.equal(decodeFarewell(encode(other)), undefined);
  }
  const sly = decodeFarewell(
    encode({ refused: 'a', reason: `one\n\u001b[2Jtwo${'x'.repeat(400)}` }),
  );
  assert.match(sly?.reason ?? '', /^one {2}\[2Jtwox+$/);
  assert.equal(sly?.reason.length, 300);
});
