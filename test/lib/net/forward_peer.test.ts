import assert from 'node:assert/strict';
import test from 'node:test';
import { Addresses } from '../../../lib/net/addresses.ts';
import { ForwardPeer } from '../../../lib/net/forward_peer.ts';
import { type FakePeer, fakePeer } from '../../../lib/testing/fake_peer.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

const host = 'collector.test';

/** A peer by a name that leads to some addresses of loopback, which a test may change. */
function peerOf(receiver: FakePeer, addresses: string[]) {
  const clock = new TestClock();
  let connections = 0;
  const lookup = async (): Promise<readonly string[]> => addresses;
  const dns = { expireMs: 60_000, isRoundRobin: false, lookup, clock, random: () => 0 };
  const peer = new ForwardPeer({
    addresses: new Addresses({ host, ...dns }),
    keepsConnection: true,
    idleTimeoutMs: undefined,
    onConnected: () => {
      connections += 1;
    },
    link: {
      target: { host, port: receiver.port, timeoutMs: 1000 },
      tls: undefined,
      credentials: undefined,
      handshakeTimeoutMs: 1000,
      sendTimeoutMs: 1000,
      ackTimeoutMs: 1000,
      clock,
      randomSalt: () => '',
    },
  });
  return { peer, clock, connections: () => connections };
}

test('all addresses of a name are tried until one takes a connection', async () => {
  await using receiver = await fakePeer();
  // The receiver listens on 127.0.0.1 alone.
  const { peer, connections } = peerOf(receiver, ['127.0.0.2', '127.0.0.3', '127.0.0.1']);
  const reached = await peer.reach();
  assert.ok(reached.isOpen);
  assert.equal(connections(), 1);
  reached.release();
  peer.close();
});

test('when no address does, the error of the last one is thrown', async () => {
  await using receiver = await fakePeer({ refuses: true });
  const { peer } = peerOf(receiver, ['127.0.0.2', '127.0.0.3']);
  await assert.rejects(peer.reach(), { code: 'MR_NET', message: /collector\.test.*127\.0\.0\.3/ });
  peer.close();
});

test('a kept connection is left when its address is not the name’s any more, and kept while it is or nobody knows', async () => {
  await using receiver = await fakePeer();
  const addresses = ['127.0.0.1'];
  const { peer, clock, connections } = peerOf(receiver, addresses);
  const held = await peer.reach();
  (await peer.reach()).release();
  clock.advance(60_000);
  (await peer.reach()).release();
  assert.equal(connections(), 1);
  addresses.pop();
  clock.advance(60_000);
  (await peer.reach()).release();
  assert.equal(connections(), 1);
  addresses.push('127.0.0.2', 'localhost');
  clock.advance(60_000);
  (await peer.reach()).release();
  assert.equal(connections(), 2);
  // Whoever uses the old one goes on with it.
  assert.ok(held.isOpen);
  held.release();
  assert.ok(!held.isOpen);
  peer.close();
});

test('a probe makes a connection that is kept for chunks, and is content with one that there is', async () => {
  await using receiver = await fakePeer();
  const { peer, connections } = peerOf(receiver, ['127.0.0.1']);
  assert.ok(await peer.probe());
  assert.ok(await peer.probe());
  const reached = await peer.reach();
  assert.ok(reached.wasKept);
  assert.equal(connections(), 1);
  reached.release();
  peer.close();
});

test('a peer that is retired closes what is idle at once, and what is used when it is released', async () => {
  await using receiver = await fakePeer();
  const { peer } = peerOf(receiver, ['127.0.0.1']);
  const reached = await peer.reach();
  peer.retire();
  assert.ok(reached.isOpen);
  assert.ok(peer.isConnected);
  reached.release();
  assert.ok(!reached.isOpen);
  assert.ok(!peer.isConnected);
});
