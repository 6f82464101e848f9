import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { decodeMulti, decodeMultiStream, ExtData, encode } from '@msgpack/msgpack';
import { type CatOptions, cat } from '../../../lib/cli/cat.ts';
import { MillraceError } from '../../../lib/error.ts';
import { testTerminal } from './test_terminal.ts';

/** A frame as the server sees it: the tag, the unpacked entries, the options. */
interface SeenFrame {
  readonly tag: string;
  readonly entries: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** A forward server that answers a chunk with `answer` of it, or not at all. */
async function serve(
  t: TestContext,
  answer: (chunk: unknown) => unknown = (chunk) => ({ ack: chunk }),
) {
  const frames: SeenFrame[] = [];
  const sockets = new Set<Socket>();
  const read = async (socket: Socket): Promise<void> => {
    for await (const frame of decodeMultiStream(socket)) {
      assert(Array.isArray(frame));
      const [tag, packed, options] = frame;
      frames.push({ tag, entries: [...decodeMulti(packed)], options });
      const reply = options.chunk === undefined ? undefined : answer(options.chunk);
      if (reply !== undefined) socket.write(encode(reply));
    }
    socket.end();
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    // A client that gives up ends the reading early; what was read counts.
    read(socket).catch(() => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  return { frames, port: address.port };
}

const usual: Omit<CatOptions, 'port'> = {
  host: '127.0.0.1',
  format: 'json',
  messageKey: 'message',
  ack: true,
  timeout: 30,
};

test('sends lines as packed entries with a chunk and waits for its ack', async (t) => {
  const { frames, port } = await serve(t);
  const terminal = testTerminal('{"a":1}\n{"a":2}\n');
  const eventTime = '2026-11-22T10:00:00.123456789Z';
  assert.equal(await cat('app.web', { ...usual, port, eventTime }, terminal), 0);
  assert.equal(frames.length, 1);
  const [frame] = frames;
  assert.equal(frame?.tag, 'app.web');
  assert.equal(frame?.options['size'], 2);
  assert.equal(typeof frame?.options['chunk'], 'string');
  const time = Buffer.alloc(8);
  time.writeUInt32BE(Date.UTC(2026, 10, 22, 10) / 1000);
  time.writeUInt32BE(123_456_789, 4);
  assert.deepEqual(frame?.entries, [
    [new ExtData(0, time), { a: 1 }],
    [new ExtData(0, time), { a: 2 }],
  ]);
});

test('sends whole seconds and no chunk when told so', async (t) => {
  const { frames, port } = await serve(t);
  const options = { ...usual, port, ack: false, timeAsInteger: true, eventTime: '1700000000.9' };
  assert.equal(await cat('t', { ...options, format: 'none' }, testTerminal('hello')), 0);
  assert.deepEqual(frames[0]?.entries, [[1_700_000_000, { message: 'hello' }]]);
  assert.equal(frames[0]?.options['chunk'], undefined);
});

test('sends what is right and fails when a line was wrong', async (t) => {
  const { frames, port } = await serve(t);
  const terminal = testTerminal('{"a":1}\noops\n');
  assert.equal(await cat('t', { ...usual, port }, terminal), 1);
  assert.equal(frames[0]?.entries.length, 1);
  assert.match(terminal.errText(), /^line 2: not JSON/);
});

test('no server is an error that says where', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  server.close();
  await assert.rejects(
    cat('t', { ...usual, port: address.port }, testTerminal('{}')),
    (error) =>
      error instanceof MillraceError &&
      error.code === 'MR_NET' &&
      error.message.startsWith(`127.0.0.1:${address.port}: `),
  );
});

test('an ack of another chunk is an error', async (t) => {
  const { port } = await serve(t, () => ({ ack: 'another' }));
  await assert.rejects(
    cat('t', { ...usual, port }, testTerminal('{"a":1}\n')),
    /acknowledged another chunk/,
  );
});

test('a server that does not answer is an error after the timeout', async (t) => {
  const { port } = await serve(t, () => undefined);
  await assert.rejects(
    cat('t', { ...usual, port, timeout: 0.05 }, testTerminal('{"a":1}\n')),
    /no answer in time/,
  );
});
