import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import test from 'node:test';
import { answerHeartbeats, askHeartbeat } from '../../../lib/net/udp_heartbeat.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

const host = '127.0.0.1';

/** A UDP socket that answers nothing, and its port. */
async function deafSocket() {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, host);
  await once(socket, 'listening');
  return { socket, port: socket.address().port };
}

test('a heartbeat is answered', async () => {
  const { socket, port } = await deafSocket();
  socket.close();
  await once(socket, 'close');
  const listener = await answerHeartbeats(host, port);
  const clock = new TestClock();
  assert.equal(await askHeartbeat(host, port, 1000, clock), true);
  assert.equal(clock.timers, 0);
  listener.close();
});

test('one that is not answered in time says so', async () => {
  const { socket, port } = await deafSocket();
  const clock = new TestClock();
  const asked = askHeartbeat(host, port, 1000, clock);
  const [beat] = await once(socket, 'message');
  assert.deepEqual(beat, Buffer.from([0]));
  clock.advance(1000);
  assert.equal(await asked, false);
  socket.close();
});

test('an address where nobody listens does not answer', async () => {
  // What asks keeps no process alive; this one is kept by another socket.
  const [gone, other] = await Promise.all([deafSocket(), deafSocket()]);
  gone.socket.close();
  await once(gone.socket, 'close');
  assert.equal(await askHeartbeat(host, gone.port, 1000, new TestClock()), false);
  other.socket.close();
});
