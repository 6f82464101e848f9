import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { encode } from '@msgpack/msgpack';
import { type RunningInput, startInput, TestClient } from './forward_harness.ts';

const half = Buffer.from(encode(['a', 5, { n: 'half a frame' }])).subarray(0, 10);

/** A client with one frame stored, so that it is known that the rest of its write was read. */
async function served(input: RunningInput, ...rest: readonly unknown[]): Promise<TestClient> {
  const client = new TestClient(input.port);
  client.send(['a', 5, { n: 1 }, { chunk: 'one' }], ...rest);
  assert.deepEqual(await client.answered(1), [{ ack: 'one' }]);
  return client;
}

async function isServed(client: TestClient): Promise<void> {
  const before = client.answers.length;
  client.send(['a', 5, { n: 2 }, { chunk: 'more' }]);
  assert.deepEqual((await client.answered(before + 1)).at(-1), { ack: 'more' });
}

test('a frame that does not come whole in time ends its connection, and no other', async () => {
  const input = await startInput({ frameTimeout: 1000 });
  const slow = await served(input, half);
  const other = await served(input);
  input.clock.advance(999);
  assert.equal(input.refused('slow_frame'), 0);
  input.clock.advance(1);
  await slow.closed;
  assert.equal(input.refused('slow_frame'), 1);
  await input.logged('a frame did not come within 1000 ms');
  await isServed(other);
  await input.stop();
});

test('without a limit, a connection may be idle for ever', async () => {
  const input = await startInput();
  const client = await served(input);
  input.clock.advance(1e9);
  await isServed(client);
  await input.stop();
});

test('an idle connection is closed, but not one that waits for its events to be stored', async () => {
  const input = await startInput({ idleTimeout: 1000 }, async () => {});
  const client = new TestClient(input.port);
  client.send(['a', 5, { n: 1 }, { chunk: 'one' }]);
  await input.arrived(1);
  await new Promise((resolve) => setImmediate(resolve));
  input.clock.advance(1000);
  input.batches[0]?.delivery.ack();
  assert.deepEqual(await client.answered(1), [{ ack: 'one' }]);
  assert.equal(input.refused('idle'), 0);
  input.clock.advance(1000);
  await client.closed;
  assert.equal(input.refused('idle'), 1);
  await input.stop();
});

test('a connection too many is closed, and the others go on', async () => {
  const input = await startInput({ maxConnections: 2 });
  const clients = [await served(input), await served(input)];
  const third = new TestClient(input.port);
  await third.closed;
  assert.equal(input.refused('too_many_connections'), 1);
  for (const client of clients) await isServed(client);
  const { fields } = input.lines.find(({ level }) => level === 'warn') ?? {};
  assert.equal(fields?.['client'], '127.0.0.1');
  await input.stop();
});

test('when all places are taken, the connection that was idle longest makes room', async () => {
  const input = await startInput({ maxConnections: 2 });
  const idle = await served(input);
  const other = await served(input);
  input.clock.advance(60_000);
  await isServed(other);
  const refused = new TestClient(input.port);
  await refused.closed;
  await idle.closed;
  assert.equal(input.refused('idle'), 1);
  await isServed(await served(input));
  await isServed(other);
  await input.stop();
});

test('half-written frames over the memory limit go, the heaviest and oldest first', async () => {
  const input = await startInput({ memoryLimit: 8 * 1024 * 1024 });
  const large = Buffer.from(encode(['a', 5, { text: 'x'.repeat(2_500_000) }, { chunk: 'large' }]));
  const staller = new TestClient(input.port);
  staller.send(large.subarray(0, -1));
  await once(staller.socket, 'drain');
  const honest = await served(input);
  input.clock.advance(1000);
  for (let sent = 0; sent < 3; sent += 1) honest.send(large);
  await staller.closed;
  assert.equal(input.refused('memory'), 1);
  await honest.answered(4);
  await input.stop();
});

test('a client that does not speak the protocol is let go after some bytes', async () => {
  const input = await startInput();
  const client = new TestClient(input.port);
  client.send(Buffer.from(`GET / HTTP/1.1\r\nHost: ${'x'.repeat(100)}\r\n\r\n`));
  await client.closed;
  assert.equal(input.refused('no_frame'), 65);
  await input.stop();
});

test('a thousand idle connections and half-handshakes keep nobody out', async () => {
  const security = { selfHostname: 'server', sharedKey: 'key' };
  const input = await startInput();
  const guarded = await startInput({ security, handshakeTimeout: 1000 });
  const idle = Array.from({ length: 1000 }, (_, index) => {
    const client = new TestClient((index % 2 === 0 ? input : guarded).port);
    if (index % 4 === 0) client.send(half);
    return client;
  });
  await Promise.all(
    idle.map(({ socket }) => socket.readyState === 'open' || once(socket, 'connect')),
  );
  await isServed(await served(input));
  const greeted = new TestClient(guarded.port);
  await once(greeted.socket, 'data');
  guarded.clock.advance(1000);
  await Promise.all(idle.filter((_, index) => index % 2 === 1).map(({ closed }) => closed));
  for (const { socket } of idle) socket.destroy();
  await Promise.all([input.stop(), guarded.stop()]);
});
