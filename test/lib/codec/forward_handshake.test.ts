import assert from 'node:assert/strict';
import test from 'node:test';
import {
  decodeHelo,
  decodePing,
  digest,
  encodeHelo,
  encodePing,
  encodePong,
  encodeRefusal,
  equalDigests,
  faultInPong,
} from '../../../lib/codec/forward_handshake.ts';

const helo = { nonce: Buffer.alloc(16, 1), auth: Buffer.alloc(16, 2), keepsAlive: true };
const credentials = { hostname: 'client', sharedKey: 'key', username: 'ann', password: 'secret' };
const salt = '00112233445566778899aabbccddeeff';

test('a greeting comes back as it was', () => {
  const read = decodeHelo(encodeHelo({ ...helo, keepsAlive: false }));
  assert.equal(read?.keepsAlive, false);
  assert.equal(Buffer.compare(read.nonce, helo.nonce), 0);
  assert.equal(Buffer.compare(read.auth, helo.auth), 0);
  for (const hex of ['c0', '91a448454c4f', '92a448454c4f05', '92a448454c4f80']) {
    assert.equal(decodeHelo(Buffer.from(hex, 'hex')), undefined);
  }
});

test('a server can check what a client says, and the client the server', () => {
  const ping = decodePing(encodePing(helo, salt, credentials));
  assert.ok(ping);
  assert.ok(equalDigests(digest(salt, 'client', helo.nonce, 'key'), ping.keyDigest));
  assert.ok(equalDigests(digest(helo.auth, 'ann', 'secret'), ping.passwordDigest));
  assert.equal(ping.username, 'ann');
  const pong = encodePong(ping, helo, 'server', 'key');
  assert.equal(faultInPong(pong, helo, salt, credentials), undefined);
  assert.match(faultInPong(pong, helo, salt, { ...credentials, sharedKey: 'k' }) ?? '', /mismatch/);
  const same = encodePong(ping, helo, 'client', 'key');
  assert.match(faultInPong(same, helo, salt, credentials) ?? '', /same host name/);
});

test('a client names a user only to a server that asks for one', () => {
  const ping = decodePing(encodePing({ ...helo, auth: new Uint8Array(0) }, salt, credentials));
  assert.equal(ping?.username, '');
  assert.equal(ping.passwordDigest, '');
});

test('a PING with nil for a user names nobody', () => {
  const ping = decodePing(Buffer.from('96a450494e47a163a173a164c0c0', 'hex'));
  assert.deepEqual([ping?.username, ping?.passwordDigest], ['', '']);
});

test('a refusal tells the reason', () => {
  const fault = faultInPong(encodeRefusal('go away'), helo, salt, credentials);
  assert.match(fault ?? '', /go away/);
});

test('digests that differ in case or length are not equal', () => {
  assert.ok(equalDigests('ab', 'ab'));
  assert.ok(!equalDigests('ab', 'AB'));
  assert.ok(!equalDigests('ab', 'abc'));
});

test('frames of another shape are no PING and no PONG', () => {
  for (const hex of ['c0', '90', '95a450494e47a0a0a0a0', '96a450494e47a005a0a0a0']) {
    assert.equal(decodePing(Buffer.from(hex, 'hex')), undefined, hex);
    const fault = faultInPong(Buffer.from(hex, 'hex'), helo, salt, credentials);
    assert.equal(fault, 'malformed PONG', hex);
  }
});
