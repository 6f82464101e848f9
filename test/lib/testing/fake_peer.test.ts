import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test from 'node:test';
import { type FakePeer, fakePeer } from '../../../lib/testing/fake_peer.ts';

function dial({ port, host }: FakePeer): Socket {
  const socket = connect({ port, host });
  socket.on('error', () => {});
  return socket;
}

test('a peer keeps what it receives, and answers', async (t) => {
  const peer = await fakePeer({ answer: (bytes) => `${bytes.length} bytes` });
  t.after(() => peer.close());
  const socket = dial(peer);
  socket.write('hello');
  const [said] = await once(socket, 'data');
  assert.equal(String(said), '5 bytes');
  assert.equal(String(await peer.untilReceived(5)), 'hello');
  assert.equal(peer.connections, 1);
});

test('a peer that cuts takes so many bytes and resets the connection', async (t) => {
  const peer = await fakePeer({ cutsAfterBytes: 3 });
  t.after(() => peer.close());
  const socket = dial(peer);
  socket.write('hello');
  await new Promise((resolve) => socket.once('close', resolve));
  assert.equal(String(peer.received), 'hel');
});

test('a peer that stalls takes so many bytes and leaves the connection open', async (t) => {
  const peer = await fakePeer({ stallsAfterBytes: 3 });
  t.after(() => peer.close());
  const socket = dial(peer);
  socket.write('hello');
  assert.equal(String(await peer.untilReceived(3)), 'hel');
  while (socket.write(Buffer.alloc(1 << 20)));
  assert.equal(socket.destroyed, false);
  assert.equal(peer.received.length, 3);
  socket.destroy();
});

test('a peer that refuses can be reached again at the same port when it behaves', async (t) => {
  const peer = await fakePeer({ refuses: true });
  t.after(() => peer.close());
  const refused = connect({ port: peer.port, host: peer.host });
  const [error] = await once(refused, 'error');
  assert.equal(error.code, 'ECONNREFUSED');
  const { port } = peer;
  await peer.behave({});
  assert.equal(peer.port, port);
  dial(peer).end('now');
  assert.equal(String(await peer.untilReceived(3)), 'now');
});

test('waiting for bytes ends when the peer is closed', async () => {
  const peer = await fakePeer();
  const waiting = assert.rejects(peer.untilReceived(1), /closed/);
  await peer.close();
  await waiting;
});
