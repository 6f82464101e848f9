import assert from 'node:assert/strict';
import test from 'node:test';
import forward from '../../../connectors/output/forward.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { answerHeartbeats } from '../../../lib/net/udp_heartbeat.ts';
import type { Chunk, FoundServer } from '../../../lib/plugin/contract.ts';
import { defineDiscovery } from '../../../lib/plugin/define.ts';
import { testChunk } from '../../../lib/testing/test_chunk.ts';
import { type TestContext, testContext } from '../../../lib/testing/test_context.ts';
import { startInput } from '../input/forward_harness.ts';
import { makeOutput, type Received, TestReceiver } from './forward_harness.ts';

const never = new AbortController().signal;
const entries = [{ time: new EventTime(1_700_000_000, 1), record: { n: 1 } }];
const recoverWait = 3000;

function chunkOf(number: number): Chunk {
  const id = number.toString(16).padStart(32, '0');
  return testChunk({ id, tag: `app.${number}`, entries });
}

function found(receiver: TestReceiver, more: Partial<FoundServer> = {}): FoundServer {
  const common = { name: undefined, weight: 60, isStandby: false };
  const access = { username: '', password: '', sharedKey: undefined };
  return { ...common, ...access, host: '127.0.0.1', port: receiver.port, ...more };
}

/** An output whose servers are those of a list that a test changes. */
function outputBy(first: readonly FoundServer[]) {
  let tell: (servers: readonly FoundServer[]) => void = () => {};
  const byHand = defineDiscovery({
    type: 'by_hand',
    doc: 'Servers that a test names.',
    options: {},
    create: () => ({
      async start(listener) {
        tell = listener;
        tell(first);
      },
    }),
  });
  const { plugin, options } = forward({
    serviceDiscovery: [byHand()],
    requireAckResponse: true,
    heartbeatType: 'none',
  });
  const context = testContext();
  const output = plugin.create(options, context);
  return {
    output,
    context,
    replace: (...servers: FoundServer[]) => tell(servers),
    close: async () => output.close?.(),
  };
}

function read(context: TestContext, what: string, receiver: TestReceiver): number | undefined {
  const labels = { output: 'under_test', server: `127.0.0.1:${receiver.port}` };
  return context.metrics.read(`millrace_forward_server_${what}`, labels);
}

/** Acknowledges whatever comes, from now on. */
async function serve(receiver: TestReceiver, isOver: () => boolean): Promise<void> {
  for (let index = 0; ; index += 1) {
    await receiver.until(() => receiver.frames.length > index || isOver());
    const frame = receiver.frames[index];
    if (frame === undefined) return;
    receiver.ack(frame);
  }
}

test('a server that is removed gets no more chunks, and its outstanding acks are awaited', async () => {
  const [one, two] = await Promise.all([TestReceiver.start(), TestReceiver.start()]);
  const { output, replace, close } = outputBy([found(one)]);
  const first = output.write(chunkOf(1), never);
  const frame = await one.frame(0);
  replace(found(two));
  const second = output.write(chunkOf(2), never);
  two.ack(await two.frame(0));
  await second;
  assert.equal(one.openConnections, 1);
  one.ack(frame);
  await first;
  await one.until(() => one.openConnections === 0);
  assert.equal(one.frames.length, 1);
  await close();
  await Promise.all([one.stop(), two.stop()]);
});

test('an idle connection to a server that is removed is closed', async () => {
  const [one, two] = await Promise.all([TestReceiver.start(), TestReceiver.start()]);
  const { output, context, replace, close } = outputBy([found(one)]);
  const written = output.write(chunkOf(1), never);
  one.ack(await one.frame(0));
  await written;
  replace(found(two));
  await one.until(() => one.openConnections === 0);
  assert.deepEqual(
    context.logs.map(({ message }) => message),
    [`server 127.0.0.1:${two.port} is added`, `server 127.0.0.1:${one.port} is removed`],
  );
  assert.equal(read(context, 'up', one), 0);
  assert.equal(read(context, 'up', two), 1);
  await close();
  await Promise.all([one.stop(), two.stop()]);
});

test('a chunk in doubt at a server that is removed goes to another one', async () => {
  const [one, two] = await Promise.all([TestReceiver.start(), TestReceiver.start()]);
  const { output, replace, close } = outputBy([found(one)]);
  const rejected = assert.rejects(output.write(chunkOf(1), never), { code: 'MR_NET' });
  (await one.frame(0)).socket.destroy();
  await rejected;
  replace(found(two));
  const again = output.write(chunkOf(1), never);
  two.ack(await two.frame(0));
  await again;
  await close();
  await Promise.all([one.stop(), two.stop()]);
});

test('a server that is added gets its share of what comes from then on, through the connections that there are', async () => {
  const receivers = await Promise.all([1, 2, 3].map(() => TestReceiver.start()));
  const [one, two, three] = receivers;
  assert.ok(one && two && three);
  let isOver = false;
  const serving = receivers.map((receiver) => serve(receiver, () => isOver));
  const { output, replace, close } = outputBy([found(one), found(two)]);
  let number = 0;
  const write = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 1) {
      number += 1;
      await output.write(chunkOf(number), never);
    }
  };
  await write(20);
  replace(found(one), found(two), found(three));
  await write(30);
  assert.equal(three.frames.length, 10);
  replace(found(one, { weight: 120 }), found(two), found(three));
  await write(40);
  assert.deepEqual(
    receivers.map(({ frames, sockets }) => [frames.length, sockets.length]),
    [
      [40, 1],
      [30, 1],
      [20, 1],
    ],
  );
  isOver = true;
  await close();
  await Promise.all(receivers.map((receiver) => receiver.stop()));
  await Promise.all(serving);
});

test('what a server did is counted, late and repeated acks too', async () => {
  const receiver = await TestReceiver.start();
  const { output, context, close } = outputBy([found(receiver)]);
  const written = output.write(chunkOf(1), never);
  const frame = await receiver.frame(0);
  assert.equal(read(context, 'in_flight_chunks', receiver), 1);
  receiver.ack(frame);
  receiver.ack(frame);
  await written;
  const second = output.write(chunkOf(2), never);
  receiver.ack(await receiver.frame(1));
  await second;
  const rejected = assert.rejects(output.write(chunkOf(3), never));
  // A kept connection that breaks is replaced at once; the new one decides.
  for (const index of [2, 3]) (await receiver.frame(index)).socket.destroy();
  await rejected;
  const counts = ['up', 'chunks_total', 'events_total', 'acks_total', 'stray_acks_total'];
  assert.deepEqual(
    counts.map((what) => read(context, what, receiver)),
    [0, 2, 2, 2, 1],
  );
  const more = ['failures_total', 'in_flight_chunks', 'connections_total'];
  assert.deepEqual(
    more.map((what) => read(context, what, receiver)),
    [1, 0, 2],
  );
  await close();
  await receiver.stop();
});

test('a server that takes no connection is lost, and back after its heartbeats, each told once', async () => {
  const [one, two] = await Promise.all([TestReceiver.start(), TestReceiver.start()]);
  const { output, clock, context, close } = makeOutput([one.port, two.port], {
    heartbeatType: 'transport',
    heartbeatInterval: 1000,
    recoverWait,
    requireAckResponse: false,
  });
  await output.open?.(never);
  while (one.sockets.length === 0 || two.sockets.length === 0) await clock.pass(500);
  await one.stop();
  const name = `server 127.0.0.1:${one.port}`;
  const has = (message: string): boolean => context.logs.some((line) => line.message === message);
  while (!has(`${name} is lost`)) await clock.pass(500);
  assert.equal(read(context, 'up', one), 0);
  for (let number = 0; number < 4; number += 1) await output.write(chunkOf(number), never);
  await two.frame(3);
  const back = await TestReceiver.start({ port: one.port });
  while (!has(`${name} is back`)) await clock.pass(500);
  assert.equal(back.frames.length, 0);
  for (let number = 4; number < 8; number += 1) await output.write(chunkOf(number), never);
  await back.frame(1);
  assert.equal(context.logs.filter(({ message }) => message.startsWith(name)).length, 2);
  assert.equal(read(context, 'up', back), 1);
  await close();
  assert.equal(clock.timers, 0);
  await Promise.all([back.stop(), two.stop()]);
});

test('a server that answers no datagram is lost, and back when it answers', async () => {
  const receiver = await TestReceiver.start();
  const { output, clock, context, close } = makeOutput([receiver.port], {
    heartbeatType: 'udp',
    heartbeatInterval: 1000,
    recoverWait,
    hardTimeout: 10_000,
  });
  await output.open?.(never);
  const has = (text: string): boolean => context.logs.some(({ message }) => message.endsWith(text));
  while (!has('is lost')) await clock.pass(1000);
  const listener = await answerHeartbeats('127.0.0.1', receiver.port);
  // An answer takes its own time: an interval of the clock may pass without it.
  while (!has('is back')) await clock.pass(100);
  listener.close();
  await close();
  assert.equal(receiver.sockets.length, 0);
  await receiver.stop();
});

test('a server that refuses us does not condemn a chunk that another one may take later', async () => {
  const gone = await TestReceiver.start();
  await gone.stop();
  const stranger = await startInput({
    security: { selfHostname: 'server', sharedKey: 'key' },
  });
  const security = { selfHostname: 'client', sharedKey: 'wrong' };
  const { output, close } = makeOutput([gone.port, stranger.port], { security });
  for (const number of [1, 2]) {
    await assert.rejects(output.write(chunkOf(number), never), { code: 'MR_NET' });
  }
  await close();
  await stranger.stop();
});

test('a server whose address is known is not looked up', async () => {
  const receiver = await TestReceiver.start();
  const known = { host: 'collector.invalid', address: '127.0.0.1' };
  const { output, close } = outputBy([found(receiver, known)]);
  const written = output.write(chunkOf(1), never);
  receiver.ack(await receiver.frame(0));
  await written;
  await close();
  await receiver.stop();
});

test('a start that ignores network errors goes on without those that cannot be reached', async () => {
  const [gone, receiver] = await Promise.all([TestReceiver.start(), TestReceiver.start()]);
  await gone.stop();
  const { output, close } = makeOutput([gone.port, receiver.port], {
    verifyConnectionAtStartup: true,
    ignoreNetworkErrorsAtStartup: true,
  });
  await output.open?.(never);
  const written: Promise<void>[] = [1, 2].map((number) => output.write(chunkOf(number), never));
  const frames: Received[] = await Promise.all([receiver.frame(0), receiver.frame(1)]);
  for (const frame of frames) receiver.ack(frame);
  await Promise.all(written);
  await close();
  await receiver.stop();
});
