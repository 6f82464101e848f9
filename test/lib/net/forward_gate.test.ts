import assert from 'node:assert/strict';
import test from 'node:test';
import { encodePing } from '../../../lib/codec/forward_handshake.ts';
import { ForwardGate, type GateClient, type GateSettings } from '../../../lib/net/forward_gate.ts';

const credentials = { hostname: 'client', sharedKey: 'key', username: 'ann', password: 'secret' };
const settings: GateSettings = {
  selfHostname: 'server',
  sharedKey: 'key',
  userAuth: false,
  allowAnonymousSource: true,
  users: [
    { username: 'ann', password: 'secret' },
    { username: 'bob', password: 'other' },
  ],
  clients: [],
};

function client(given: Partial<GateClient>): GateClient {
  return { host: undefined, network: undefined, sharedKey: undefined, users: [], ...given };
}

/** The reason for which a client at an address is refused, '' when it is let in. */
async function judge(
  change: Partial<GateSettings>,
  address = '127.0.0.1',
  own: Partial<typeof credentials> = {},
): Promise<string> {
  const gate = await ForwardGate.create({ ...settings, ...change }, (length) =>
    Buffer.alloc(length, 7),
  );
  const { helo } = gate.greet(true);
  const ping = encodePing(helo, 'salt', { ...credentials, ...own });
  const verdict = gate.judge(ping, helo, address);
  assert.equal(verdict.isAccepted, verdict.reason === '');
  return verdict.reason;
}

test('networks and hosts are matched by address, of either family', async () => {
  const clients = [
    client({ network: '10.1.0.0/16' }),
    client({ network: 'fd00::/8' }),
    client({ network: '192.0.2.7' }),
    client({ host: 'localhost' }),
  ];
  const only = { clients, allowAnonymousSource: false };
  for (const address of ['10.1.255.1', 'fd12::1', '192.0.2.7', '127.0.0.1']) {
    assert.equal(await judge(only, address), '', address);
  }
  for (const address of ['10.2.0.1', 'fe80::1', '192.0.2.8', '8.8.8.8']) {
    assert.match(await judge(only, address), /anonymous source host/, address);
  }
});

test('a source with a key of its own is not let in with the common one', async () => {
  const clients = [client({ network: '127.0.0.0/8', sharedKey: 'special' })];
  assert.equal(await judge({ clients }, '127.0.0.1'), 'shared_key mismatch');
  assert.equal(await judge({ clients }, '127.0.0.1', { sharedKey: 'special' }), '');
  assert.equal(await judge({ clients }, '10.0.0.1'), '');
});

test('users are checked by password, and by source where it names some', async () => {
  const userAuth = true;
  const mismatch = 'username/password mismatch';
  assert.equal(await judge({ userAuth }), '');
  assert.equal(await judge({ userAuth }, '127.0.0.1', { password: 'other' }), mismatch);
  assert.equal(await judge({ userAuth }, '127.0.0.1', { username: 'eve' }), mismatch);
  const clients = [client({ host: '127.0.0.1', users: ['bob'] })];
  assert.equal(await judge({ userAuth, clients }), mismatch);
  const bob = { username: 'bob', password: 'other' };
  assert.equal(await judge({ userAuth, clients }, '127.0.0.1', bob), '');
});

test('a network that is none, or a host without an address, is an error', async () => {
  for (const network of ['10.0.0.0/33', 'nonsense', '10.0.0/8', 'fd00::/129']) {
    await assert.rejects(judge({ clients: [client({ network })] }), { code: 'MR_OPTION' });
  }
  await assert.rejects(judge({ clients: [client({ host: 'no such host' })] }), { code: 'MR_NET' });
});
