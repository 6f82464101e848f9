import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import forward from '../../../connectors/output/forward.ts';
import { decodeEntries } from '../../../lib/codec/entry_codec.ts';
import { encodeHelo } from '../../../lib/codec/forward_handshake.ts';
import type { Entry } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { ownVersion } from '../../../lib/fleet/version.ts';
import type { Chunk } from '../../../lib/plugin/contract.ts';
import { fakePeer, type PeerBehaviour } from '../../../lib/testing/fake_peer.ts';
import { outputLaws } from '../../../lib/testing/laws/output_laws.ts';
import { testChunk } from '../../../lib/testing/test_chunk.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import { startInput } from '../input/forward_harness.ts';
import { makeOutput, TestReceiver } from './forward_harness.ts';

const entries: readonly Entry[] = [1, 2, 3].map((n) => ({
  time: new EventTime(1_700_000_000 + n, n),
  record: { n },
}));
const never = new AbortController().signal;
const isNetError = { code: 'MR_NET' };

function chunkOf(number: number): Chunk {
  const id = number.toString(16).padStart(32, '0');
  return testChunk({ id, tag: `app.${number}`, entries });
}

/** Fails when `promise` settles before everything that is on its way within the process has been done. */
async function pending(promise: Promise<unknown>): Promise<void> {
  let hasSettled = false;
  const settled = (): void => {
    hasSettled = true;
  };
  promise.then(settled, settled);
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(!hasSettled);
}

let lawfulBatches: readonly unknown[] = [];
let stopLawful = async (): Promise<void> => {};
const peerWith = async (behaviour: PeerBehaviour) => {
  const peer = await fakePeer(behaviour);
  stopLawful = () => peer.close();
  return { server: [{ host: peer.host, port: peer.port }], requireAckResponse: true };
};
outputLaws(
  forward,
  async () => {
    const { batches, port, stop } = await startInput();
    lawfulBatches = batches;
    stopLawful = stop;
    return { server: [{ host: '127.0.0.1', port }], requireAckResponse: true };
  },
  {
    test,
    arrived: () => lawfulBatches.length,
    stalled: () => peerWith({ stallsAfterBytes: 0 }),
    unreachable: () => peerWith({ refuses: true }),
    cleanUp: () => stopLawful(),
  },
);

test('a chunk goes out as one frame with its tag, its count and its id', async () => {
  const receiver = await TestReceiver.start();
  const { output, close } = makeOutput([receiver.port], { requireAckResponse: false });
  await output.write(chunkOf(1), never);
  const { tag, packed, options } = await receiver.frame(0);
  assert.equal(tag, 'app.1');
  assert.deepEqual(decodeEntries(packed), entries);
  assert.deepEqual(options, { size: 3, fluent_signal: 0 });
  await close();
  await receiver.stop();
});

test('events without a tag are never sent', async () => {
  const receiver = await TestReceiver.start();
  const { output, close } = makeOutput([receiver.port]);
  const refused = output.write(testChunk({ tag: '', entries }), never);
  await assert.rejects(refused, { code: 'MR_UNRECOVERABLE', message: /no tag/ });
  await close();
  await receiver.stop();
});

test('with acks a chunk is delivered when it is acknowledged, not before', async () => {
  const receiver = await TestReceiver.start();
  const { output, close } = makeOutput([receiver.port]);
  const written = output.write(chunkOf(0xabc), never);
  const frame = await receiver.frame(0);
  assert.equal(frame.options['chunk'], Buffer.from(chunkOf(0xabc).id, 'hex').toString('base64'));
  await pending(written);
  receiver.ack(frame);
  await written;
  await close();
  await receiver.stop();
});

test('acks of several chunks come back through one connection, in any order', async () => {
  const receiver = await TestReceiver.start();
  const { output, close } = makeOutput([receiver.port]);
  const done: number[] = [];
  const writing = [0, 1, 2].map((number) =>
    output.write(chunkOf(number), never).then(() => done.push(number)),
  );
  const frames = await Promise.all([0, 1, 2].map((index) => receiver.frame(index)));
  const byTag = (number: number) => frames.find(({ tag }) => tag === `app.${number}`);
  for (const number of [2, 0, 1]) {
    const frame = byTag(number);
    assert.ok(frame);
    receiver.ack(frame);
    await writing[number];
  }
  assert.deepEqual(done, [2, 0, 1]);
  assert.equal(receiver.sockets.length, 1);
  await close();
  await receiver.stop();
});

test('a chunk that is not acknowledged in time is an error, and a late ack harms nothing', async () => {
  const receiver = await TestReceiver.start();
  const { output, clock, close } = makeOutput([receiver.port], { ackResponseTimeout: 5000 });
  const written = output.write(chunkOf(1), never);
  const rejected = assert.rejects(written, { code: 'MR_NET', message: /no ack within 5000 ms/ });
  const frame = await receiver.frame(0);
  await pending(written);
  clock.advance(5000);
  await rejected;
  receiver.ack(frame);
  const again = output.write(chunkOf(1), never);
  const repeated = await receiver.frame(1);
  assert.equal(repeated.options['chunk'], frame.options['chunk']);
  receiver.ack(repeated);
  await again;
  await close();
  await receiver.stop();
});

test('a connection that breaks before the ack is an error', async () => {
  const receiver = await TestReceiver.start();
  const { output, close } = makeOutput([receiver.port]);
  const rejected = assert.rejects(output.write(chunkOf(1), never), isNetError);
  const { socket } = await receiver.frame(0);
  socket.destroy();
  await rejected;
  await close();
  await receiver.stop();
});

test('a kept connection that the server has left is replaced at once', async () => {
  const receiver = await TestReceiver.start();
  const { output, close } = makeOutput([receiver.port]);
  for (const round of [0, 1, 2]) {
    const written = output.write(chunkOf(round), never);
    const frame = await receiver.frame(round);
    receiver.ack(frame);
    await written;
    frame.socket.destroy();
  }
  assert.equal(receiver.sockets.length, 3);
  await close();
  await receiver.stop();
});

test('a server that cannot be reached is passed over, and left alone for a while', async () => {
  const gone = await TestReceiver.start();
  await gone.stop();
  const receiver = await TestReceiver.start();
  const { output, clock, close } = makeOutput([gone.port, receiver.port], {
    requireAckResponse: false,
    recoverWait: 10_000,
  });
  for (const number of [0, 1, 2, 3]) await output.write(chunkOf(number), never);
  await receiver.frame(3);
  const back = await TestReceiver.start({ port: gone.port });
  await output.write(chunkOf(4), never);
  assert.equal(back.sockets.length, 0);
  clock.advance(10_000);
  for (const number of [5, 6]) await output.write(chunkOf(number), never);
  await back.frame(0);
  await close();
  await Promise.all([receiver.stop(), back.stop()]);
});

test('chunks are shared by weight, and a standby gets none while all are well', async () => {
  const [one, two, standby] = await Promise.all([
    TestReceiver.start(),
    TestReceiver.start(),
    TestReceiver.start(),
  ]);
  const { output, close } = makeOutput(
    [
      { port: one.port, weight: 20 },
      { port: two.port, weight: 60 },
      { port: standby.port, standby: true },
    ],
    { requireAckResponse: false },
  );
  for (let number = 0; number < 8; number += 1) await output.write(chunkOf(number), never);
  await one.until(() => one.frames.length === 2);
  await two.until(() => two.frames.length === 6);
  assert.equal(standby.sockets.length, 0);
  await one.stop();
  for (let number = 8; number < 16; number += 1) {
    await output.write(chunkOf(number), never).catch(() => {});
  }
  assert.ok(standby.sockets.length > 0);
  await close();
  await Promise.all([two.stop(), standby.stop()]);
});

test('when no server can be reached, the error can be retried, and the next try reaches one that is back', async () => {
  const gone = await TestReceiver.start();
  await gone.stop();
  const { output, close } = makeOutput([gone.port], { requireAckResponse: false });
  await assert.rejects(output.write(chunkOf(1), never), {
    code: 'MR_NET',
    message: /ECONNREFUSED/,
    retryable: true,
  });
  const back = await TestReceiver.start({ port: gone.port });
  await output.write(chunkOf(1), never);
  await back.frame(0);
  await close();
  await back.stop();
});

test('a chunk that a server may have got is offered to that server again first', async () => {
  const [one, two] = await Promise.all([TestReceiver.start(), TestReceiver.start()]);
  const { output, close } = makeOutput([one.port, two.port]);
  const first = output.write(chunkOf(1), never);
  const { socket } = await one.frame(0);
  const rejected = assert.rejects(first, isNetError);
  socket.destroy();
  await rejected;
  const again = output.write(chunkOf(1), never);
  one.ack(await one.frame(1));
  await again;
  const other = output.write(chunkOf(2), never);
  two.ack(await two.frame(0));
  await other;
  await close();
  await Promise.all([one.stop(), two.stop()]);
});

test('an input stores what it is sent, with the origin of the chunk', async () => {
  const input = await startInput();
  const origin = { source: 'agent', epoch: 1, begin: 7, end: 8, low: 7 };
  const unit = 2 ** 20;
  const divided = { ...origin, begin: 7 * unit, end: 8 * unit, low: 7 * unit };
  for (const options of [{}, { compress: 'gzip' }, { timeAsInteger: true }] as const) {
    const { output, close } = makeOutput([input.port], options);
    await output.write(testChunk({ tag: 'app', entries, origin }), never);
    await close();
  }
  assert.deepEqual(
    input.batches.map((batch) => [batch.tag, batch.count, batch.origin]),
    [1, 2, 3].map(() => ['app', 3, divided]),
  );
  const [plain, compressed, whole] = input.batches;
  assert.deepEqual(plain?.entries(), entries);
  assert.deepEqual(compressed?.entries(), entries);
  assert.deepEqual(
    whole?.entries().map(({ time }) => [time.sec, time.nsec]),
    entries.map(({ time }) => [time.sec, 0]),
  );
  await input.stop();
});

/** A chunk of some 10 MB, in pieces of one entry each: three frames. */
function largeChunk(): { readonly chunk: Chunk; readonly large: readonly Entry[] } {
  const large = Array.from({ length: 50 }, (_, n) => ({
    time: new EventTime(n, n),
    record: { n, text: String(n % 10).repeat(200_000) },
  }));
  const parts = large.map((entry) => testChunk({ entries: [entry] }));
  const chunk: Chunk = {
    ...testChunk({
      entries: large,
      origin: { source: 'agent', epoch: 1, begin: 7, end: 8, low: 6 },
    }),
    async *bytes() {
      for (const part of parts) yield* part.bytes();
    },
  };
  return { chunk, large };
}

test('a large chunk goes out in frames that a receiver can hold, compressed or not', async () => {
  const { chunk, large } = largeChunk();
  for (const compress of ['text', 'gzip'] as const) {
    const receiver = await TestReceiver.start();
    const { output, close } = makeOutput([receiver.port], { compress, requireAckResponse: false });
    await output.write(chunk, never);
    await receiver.frame(2);
    await close();
    const isCompressed = compress === 'gzip';
    const contents = receiver.frames.map(({ packed, options }) => {
      assert.equal(options['compressed'], isCompressed ? 'gzip' : undefined);
      return isCompressed ? gunzipSync(packed) : packed;
    });
    assert.equal(contents.length, 3);
    for (const content of contents) assert.ok(content.length < 4.3 * 1024 * 1024);
    assert.deepEqual(contents.flatMap(decodeEntries), large);
    await receiver.stop();
  }
});

test('nothing of a chunk that was sent stays at the signal of its pipeline', async () => {
  const receiver = await TestReceiver.start();
  const { output, close } = makeOutput([receiver.port], { requireAckResponse: false });
  const { signal } = new AbortController();
  await output.write(largeChunk().chunk, signal);
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
  // Where Node keeps the signals that `AbortSignal.any` made of this one.
  const kept = Object.getOwnPropertySymbols(signal).filter(
    ({ description }) => description === 'kDependantSignals',
  );
  for (const name of kept) assert.equal(Reflect.get(signal, name)?.size ?? 0, 0);
  await close();
  await receiver.stop();
});

test('frames of one chunk have names and origins of their own, which make up the chunk’s', async () => {
  const { chunk } = largeChunk();
  const seen: unknown[] = [];
  for (const round of [0, 1]) {
    const receiver = await TestReceiver.start();
    const { output, close } = makeOutput([receiver.port]);
    const written = output.write(chunk, never);
    await receiver.frame(2);
    const options = receiver.frames.map((frame) => frame.options);
    for (const frame of receiver.frames) receiver.ack(frame);
    await written;
    assert.equal(new Set(options.map((each) => each['chunk'])).size, 3);
    assert.equal(options[0]?.['chunk'], Buffer.from(chunk.id, 'hex').toString('base64'));
    const origins = options.map((each) => each['millrace']);
    const unit = 2 ** 20;
    const agent = { id: 'agent', name: 'localhost', version: ownVersion(), labels: {} };
    const stamp = { agent, receivers: 1, age_ms: 0 };
    const common = { source: 'agent', epoch: 1, low: 6 * unit, ...stamp };
    assert.deepEqual(origins, [
      { ...common, begin: 7 * unit, end: 7 * unit + 1 },
      { ...common, begin: 7 * unit + 1, end: 7 * unit + 2 },
      { ...common, begin: 7 * unit + 2, end: 8 * unit },
    ]);
    if (round === 0) seen.push(...options);
    else assert.deepEqual(options, seen);
    await close();
    await receiver.stop();
  }
});

test('when a large chunk is tried again, only the frames that were not confirmed are sent', async () => {
  const receiver = await TestReceiver.start();
  const { chunk } = largeChunk();
  const { output, close } = makeOutput([receiver.port]);
  const first = output.write(chunk, never);
  const rejected = assert.rejects(first, isNetError);
  const [one, two, three] = await Promise.all([0, 1, 2].map((index) => receiver.frame(index)));
  assert.ok(one && two && three);
  receiver.ack(two);
  one.socket.end();
  await rejected;
  const again = output.write(chunk, never);
  const repeated = await Promise.all([3, 4].map((index) => receiver.frame(index)));
  assert.deepEqual(
    repeated.map(({ options }) => options['chunk']),
    [one, three].map(({ options }) => options['chunk']),
  );
  for (const frame of repeated) receiver.ack(frame);
  await again;
  assert.equal(receiver.frames.length, 5);
  await close();
  await receiver.stop();
});

test('an aborted write ends at once: while connecting, sending and waiting', async () => {
  const receiver = await TestReceiver.start();
  const deaf = await TestReceiver.start({ hears: false });
  const isStopped = { code: 'MR_STOPPED' };
  const waiting = makeOutput([receiver.port]);
  const controller = new AbortController();
  const first = assert.rejects(waiting.output.write(chunkOf(1), controller.signal), isStopped);
  await receiver.frame(0);
  controller.abort();
  await first;
  await assert.rejects(waiting.output.write(chunkOf(2), controller.signal), isStopped);
  const large = testChunk({
    entries: [{ time: new EventTime(1, 1), record: { text: 'x'.repeat(50_000_000) } }],
  });
  const sending = makeOutput([deaf.port]);
  const other = new AbortController();
  const second = sending.output.write(large, other.signal);
  const rejected = assert.rejects(second, isStopped);
  await deaf.until(() => deaf.sockets.length > 0);
  await pending(second);
  other.abort();
  await rejected;
  await Promise.all([waiting.close(), sending.close(), receiver.stop(), deaf.stop()]);
});

test('a server that takes nothing for the send timeout is failing', async () => {
  const deaf = await TestReceiver.start({ hears: false });
  const { output, clock, close } = makeOutput([deaf.port], { sendTimeout: 60_000 });
  const large = testChunk({
    entries: [{ time: new EventTime(1, 1), record: { text: 'x'.repeat(50_000_000) } }],
  });
  const written = output.write(large, never);
  const rejected = assert.rejects(written, {
    code: 'MR_NET',
    message: /not taken within 60000 ms/,
  });
  await deaf.until(() => deaf.sockets.length > 0);
  await pending(written);
  clock.advance(60_000);
  await rejected;
  await close();
  await deaf.stop();
});

test('without keepalive each chunk has a connection of its own', async () => {
  const receiver = await TestReceiver.start();
  const { output, close } = makeOutput([receiver.port], { keepalive: false });
  for (const number of [0, 1]) {
    const written = output.write(chunkOf(number), never);
    receiver.ack(await receiver.frame(number));
    await written;
    await receiver.until(() => receiver.openConnections === 0);
  }
  assert.equal(receiver.sockets.length, 2);
  await close();
  await receiver.stop();
});

test('without keepalive all frames of a chunk share its connection', async () => {
  const receiver = await TestReceiver.start();
  const { output, close } = makeOutput([receiver.port], { keepalive: false });
  const written = output.write(largeChunk().chunk, never);
  for (const index of [0, 1, 2]) receiver.ack(await receiver.frame(index));
  await written;
  assert.equal(receiver.sockets.length, 1);
  await receiver.until(() => receiver.openConnections === 0);
  await close();
  await receiver.stop();
});

test('a connection that is idle for the timeout is closed', async () => {
  const receiver = await TestReceiver.start();
  const { output, clock, close } = makeOutput([receiver.port], { keepaliveTimeout: 30_000 });
  const written = output.write(chunkOf(1), never);
  receiver.ack(await receiver.frame(0));
  await written;
  assert.equal(receiver.openConnections, 1);
  clock.advance(30_000);
  await receiver.until(() => receiver.openConnections === 0);
  await close();
  await receiver.stop();
});

test('a server that asks for a shared key gets its proof, and is refused when it has none', async () => {
  const input = await startInput({
    security: {
      selfHostname: 'server',
      sharedKey: 'key',
      userAuth: true,
      user: [{ username: 'ann', password: 'secret' }],
    },
  });
  const security = { selfHostname: 'client', sharedKey: 'key' };
  const server = { port: input.port, username: 'ann', password: 'secret' };
  const good = makeOutput([server], { security });
  await good.output.write(chunkOf(1), never);
  await good.output.write(chunkOf(2), never);
  assert.equal(input.batches.length, 2);
  const wrong = [
    makeOutput([{ ...server, sharedKey: 'other' }], { security }),
    makeOutput([{ ...server, password: 'other' }], { security }),
    makeOutput([server], { security: { ...security, selfHostname: 'server' } }),
  ];
  for (const { output } of wrong) {
    await assert.rejects(output.write(chunkOf(3), never), { code: 'MR_AUTH' });
  }
  const silent = makeOutput([server]);
  await assert.rejects(silent.output.write(chunkOf(3), never), { hint: /<security>/ });
  assert.equal(input.batches.length, 2);
  await Promise.all([good, silent, ...wrong].map(({ close }) => close()));
  await input.stop();
});

test('a handshake that does not come to an end is an error', async () => {
  const greeting = encodeHelo({
    nonce: Buffer.alloc(16),
    auth: Buffer.alloc(16),
    keepsAlive: true,
  });
  for (const settings of [{}, { greeting }, { greeting: Buffer.from([5]) }]) {
    const receiver = await TestReceiver.start(settings);
    const { output, clock, close } = makeOutput([receiver.port], {
      security: { selfHostname: 'client', sharedKey: 'key' },
    });
    const rejected = assert.rejects(output.write(chunkOf(1), never));
    await receiver.until(() => receiver.sockets.length > 0);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(60_000);
    await rejected;
    await close();
    await receiver.stop();
  }
});

test('an answer that is no MessagePack breaks the connection', async () => {
  const receiver = await TestReceiver.start();
  const { output, close } = makeOutput([receiver.port]);
  const rejected = assert.rejects(output.write(chunkOf(1), never), isNetError);
  const { socket } = await receiver.frame(0);
  socket.write(Buffer.from('c1', 'hex'));
  await once(socket, 'close');
  await rejected;
  await close();
  await receiver.stop();
});

test('connections can be verified before anything is sent', async () => {
  const gone = await TestReceiver.start();
  await gone.stop();
  const { output, close } = makeOutput([gone.port], { verifyConnectionAtStartup: true });
  await assert.rejects(async () => output.open?.(never), isNetError);
  const back = await TestReceiver.start({ port: gone.port });
  await output.open?.(never);
  assert.equal(back.sockets.length, 1);
  await close();
  await back.stop();
});

test('options that do not fit together are refused', () => {
  const host = '127.0.0.1';
  const refused: readonly [Parameters<typeof forward>[0], RegExp][] = [
    [{ server: [{ host, weight: 0 }] }, /weight/],
    [{ server: [{ host }] }, /chunk keys/],
  ];
  for (const [given, message] of refused) {
    const call = forward(given);
    const context = testContext({ chunking: { keys: ['time'], timekeyMs: 1000 } });
    assert.throws(() => call.plugin.create(call.options, context), { code: 'MR_OPTION', message });
  }
});
