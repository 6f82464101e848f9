import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import forward from '../../../connectors/input/forward.ts';
import { encodeEntries } from '../../../lib/codec/entry_codec.ts';
import { decodeHelo, encodePing, faultInPong } from '../../../lib/codec/forward_handshake.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { inputLaws } from '../../../lib/testing/laws/input_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import { agentOf, stampOf } from '../../lib/fleet/fleet_rig.ts';
import { startInput, TestClient } from './forward_harness.ts';

const time = new EventTime(1_700_000_001, 42);
const held = async (): Promise<void> => {};

function packed(...numbers: readonly number[]): Uint8Array {
  return encodeEntries(numbers.map((n) => ({ time, record: { n } })));
}

function numbers(batches: readonly EventBatch[]): unknown[] {
  return batches.flatMap((batch) => batch.entries().map(({ record }) => record['n']));
}

inputLaws(
  forward,
  { port: 0, bind: '127.0.0.1' },
  {
    test,
    async stimulate({ logged }) {
      const { fields } = await logged('listening');
      const client = new TestClient(Number(fields['port']));
      client.send(['app', packed(1, 2), { chunk: 'one' }]);
      await Promise.race([client.answered(1), client.closed]);
    },
  },
);

test('a chunk is acknowledged when its events are settled, not before', async () => {
  const input = await startInput({}, held);
  const client = new TestClient(input.port);
  client.send(['app', packed(1, 2), { chunk: 'one' }]);
  await input.arrived(1);
  assert.equal(client.received.length, 0);
  assert.deepEqual(input.batches[0]?.entries()[0]?.time, time);
  input.batches[0]?.delivery.ack();
  assert.deepEqual(await client.answered(1), [{ ack: 'one' }]);
  await input.stop();
});

test('a client whose events are not stored gets no ack and loses its connection', async () => {
  const input = await startInput({}, held);
  const client = new TestClient(input.port);
  client.send(['app', packed(1), { chunk: 'one' }]);
  await input.arrived(1);
  input.batches[0]?.delivery.nack(new Error('the buffer is full'));
  await client.closed;
  assert.equal(client.received.length, 0);
  await input.logged('the buffer is full');
  await input.stop();
});

test('when one batch is refused, the others of its connection are still acknowledged', async () => {
  const input = await startInput({}, held);
  const client = new TestClient(input.port);
  client.send(['a', 5, { n: 1 }, { chunk: 'one' }], ['b', 5, { n: 2 }, { chunk: 'two' }]);
  await input.arrived(2);
  input.batches[0]?.delivery.nack(new Error('full'));
  input.batches[1]?.delivery.ack();
  await client.closed;
  assert.deepEqual(client.answers, [{ ack: 'two' }]);
  await input.stop();
});

test('frames before a malformed one are kept and acknowledged, then the connection ends', async () => {
  const input = await startInput();
  const client = new TestClient(input.port);
  client.send(['a', 5, { n: 1 }, { chunk: 'one' }], ['a', packed(2), { chunk: 'two' }]);
  client.send(Buffer.from('c1', 'hex'), ['a', 5, { n: 3 }, { chunk: 'three' }]);
  await client.closed;
  assert.deepEqual(numbers(input.batches), [1, 2]);
  assert.deepEqual(client.answers, [{ ack: 'one' }, { ack: 'two' }]);
  await input.logged('0xc1');
  await input.stop();
});

test('packed entries that are damaged are neither stored nor acknowledged', async () => {
  const input = await startInput();
  for (const entries of [packed(1, 2).subarray(0, -1), Buffer.from('c1', 'hex')]) {
    const client = new TestClient(input.port);
    client.send(['a', 5, { n: 0 }, { chunk: 'one' }], ['a', entries, { chunk: 'two' }]);
    await client.closed;
    assert.deepEqual(client.answers, [{ ack: 'one' }]);
  }
  assert.deepEqual(numbers(input.batches), [0, 0]);
  await input.stop();
});

test('a frame cut off by the end of its connection is dropped, those before it are kept', async () => {
  const input = await startInput();
  const client = new TestClient(input.port);
  client.send(['a', 5, { n: 1 }], Buffer.from(encode(['a', 5, { n: 2 }])).subarray(0, -1));
  client.socket.end();
  await client.closed;
  assert.deepEqual(numbers(input.batches), [1]);
  await input.logged('in the middle of a frame');
  await input.stop();
});

test('messages of one tag that come together are one batch, each chunk acknowledged', async () => {
  const input = await startInput();
  const client = new TestClient(input.port);
  const count = 500;
  client.send(
    ...Array.from({ length: count }, (_, n) => ['app', 5, { n }, { chunk: `chunk ${n}` }]),
  );
  const answers = await client.answered(count);
  assert.deepEqual(
    answers,
    Array.from({ length: count }, (_, n) => ({ ack: `chunk ${n}` })),
  );
  assert.deepEqual(
    numbers(input.batches),
    Array.from({ length: count }, (_, n) => n),
  );
  assert.ok(input.batches.length < 10, `${input.batches.length} batches`);
  await input.stop();
});

test('a client that has closed its side is still answered', async () => {
  const input = await startInput({}, held);
  const client = new TestClient(input.port);
  client.send(['app', 5, { n: 1 }, { chunk: 'one' }]);
  client.socket.end();
  await input.arrived(1);
  input.batches[0]?.delivery.ack();
  await client.closed;
  assert.deepEqual(client.answers, [{ ack: 'one' }]);
  await input.stop();
});

test('a heartbeat by UDP is answered with one zero byte', async () => {
  const input = await startInput();
  const socket = dgram.createSocket('udp4');
  socket.send(Buffer.from([0]), input.port, '127.0.0.1');
  const [answer] = await once(socket, 'message');
  assert.deepEqual(answer, Buffer.from([0]));
  socket.close();
  await input.stop();
});

test('a socket is not read while there is no room downstream', async () => {
  let release: () => void = () => {};
  const room = new Promise<void>((resolve) => {
    release = resolve;
  });
  const input = await startInput({}, () => room);
  const client = new TestClient(input.port);
  const frame = encode(['app', new Uint8Array(packed(...new Array<number>(10_000).fill(7)))]);
  const total = 400;
  for (let sent = 0; sent < total; sent += 1) client.socket.write(frame);
  await input.arrived(1);
  // More than any socket buffers hold is still on the client's side.
  const leftBytes = client.socket.writableLength;
  assert.ok(leftBytes > 10 * frame.length);
  assert.equal(input.batches.length, 1);
  for (const batch of input.batches) batch.delivery.ack();
  release();
  client.socket.end();
  for (let seen = 1; seen < total; seen += 1) {
    await input.arrived(seen + 1);
    input.batches[seen]?.delivery.ack();
  }
  await client.closed;
  assert.equal(
    input.batches.reduce((sum, { count }) => sum + count, 0),
    total * 10_000,
  );
  await input.stop();
});

test('stopping waits for what was handed on, acknowledges it and closes', async () => {
  const input = await startInput({}, held);
  const client = new TestClient(input.port);
  client.send(['app', 5, { n: 1 }, { chunk: 'one' }]);
  await input.arrived(1);
  let hasStopped = false;
  const stopped = input.stop().then(() => {
    hasStopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(!hasStopped);
  input.batches[0]?.delivery.ack();
  await stopped;
  await client.closed;
  assert.deepEqual(client.answers, [{ ack: 'one' }]);
});

test('stopping does not wait for ever for what never settles', async () => {
  const input = await startInput({}, () => new Promise(() => {}));
  const client = new TestClient(input.port);
  client.send(['app', 5, { n: 1 }, { chunk: 'one' }]);
  await input.arrived(1);
  const stopped = input.stop();
  input.clock.advance(10_000);
  await stopped;
  await client.closed;
  assert.equal(client.received.length, 0);
});

test('a stopped input accepts no connection, and its port is free', async () => {
  const input = await startInput();
  await input.stop();
  const client = new TestClient(input.port);
  const [error] = await once(client.socket, 'error');
  assert.equal(error.code, 'ECONNREFUSED');
  const again = await startInput({ port: input.port });
  await again.stop();
});

test('a port that is taken is an error that says so', async () => {
  const input = await startInput();
  await assert.rejects(startInput({ port: input.port }), {
    code: 'MR_NET',
    hint: 'another process listens there',
  });
  await input.stop();
});

test('compressed entries are taken, several members as one', async () => {
  const input = await startInput();
  const client = new TestClient(input.port);
  const members = Buffer.concat([gzipSync(packed(1)), gzipSync(packed(2, 3))]);
  client.send(['app', members, { compressed: 'gzip', size: 3, chunk: 'one' }]);
  assert.deepEqual(await client.answered(1), [{ ack: 'one' }]);
  assert.deepEqual(numbers(input.batches), [1, 2, 3]);
  await input.stop();
});

test('compressed entries beyond the limit end the connection without an ack', async () => {
  const input = await startInput({ decompressionSizeLimit: 1000 });
  for (const body of [gzipSync(Buffer.alloc(1001)), gzipSync(Buffer.alloc(50_000_000))]) {
    const client = new TestClient(input.port);
    client.send(['app', body, { compressed: 'gzip', chunk: 'one' }]);
    await client.closed;
    assert.equal(client.received.length, 0);
  }
  await input.logged('limit of 1000 bytes');
  await input.stop();
});

test('an agent is known once its events are stored, and what it repeats', async () => {
  const batches: EventBatch[] = [];
  const input = await startInput({}, async (batch) => void batches.push(batch));
  const client = new TestClient(input.port);
  const { origin, agent } = stampOf(agentOf('web-1', { site: 'north' }), 7);
  const told = { ...agent, labels: { site: 'north' } };
  const millrace = { ...origin, agent: told, receivers: 2, age_ms: 40 };
  client.send(['app', packed(1, 2, 3), { chunk: 'c', millrace }]);
  await input.arrived(1);
  assert.deepEqual(input.fleet.report(), []);
  batches[0]?.delivery.ack();
  assert.deepEqual(await client.answered(1), [{ ack: 'c' }]);
  client.send(['app', packed(1, 2, 3), { chunk: 'c', millrace }]);
  await input.arrived(2);
  batches[1]?.delivery.ack();
  await client.answered(2);
  const [report] = input.fleet.report();
  assert.deepEqual(
    [report?.name, report?.labels, report?.events, report?.repeatedEvents, report?.receivers],
    ['web-1', { site: 'north' }, 3, 3, 2],
  );
  assert.equal(report?.address, '127.0.0.1');
  await input.stop();
});

test('an origin that a sender stamps becomes the batch’s', async () => {
  const input = await startInput();
  const client = new TestClient(input.port);
  const origin = { source: 'agent', epoch: 3, begin: 5, end: 6, low: 4 };
  client.send(['app', packed(1), { chunk: 'c', millrace: origin }], ['app', packed(2)]);
  await input.arrived(2);
  assert.deepEqual(
    input.batches.map((batch) => batch.origin),
    [origin, undefined],
  );
  await input.stop();
});

test('tags and sources are put in as configured', async () => {
  const input = await startInput({
    tag: 'all',
    addTagPrefix: 'pre',
    sourceAddressKey: 'from',
    sourceHostnameKey: '__proto__',
  });
  const client = new TestClient(input.port);
  client.send(['app', packed(1)]);
  await input.arrived(1);
  const [batch] = input.batches;
  assert.equal(batch?.tag, 'pre.all');
  const { record } = batch.entries()[0] ?? {};
  assert.deepEqual(Object.keys(record ?? {}), ['n', 'from', '__proto__']);
  assert.equal(record?.['from'], '127.0.0.1');
  await input.stop();
});

test('a frame over the limit is dropped without an ack, and the next one is taken', async () => {
  const input = await startInput({ chunkSizeLimit: 1000, chunkSizeWarnLimit: 20 });
  const client = new TestClient(input.port);
  const large = { n: 1, text: 'x'.repeat(300_000) };
  client.send(['app', 5, large, { chunk: 'one' }], ['app', 5, { n: 2 }, { chunk: 'two' }]);
  assert.deepEqual(await client.answered(1), [{ ack: 'two' }]);
  assert.deepEqual(numbers(input.batches), [2]);
  await input.logged('`chunk_size_limit`');
  await input.logged('`chunk_size_warn_limit`');
  await input.stop();
});

test('a connection is closed after its first events where keeping it is denied', async () => {
  const input = await startInput({ denyKeepalive: true });
  const client = new TestClient(input.port);
  client.send(['app', 5, { n: 1 }, { chunk: 'one' }]);
  await client.closed;
  assert.deepEqual(client.answers, [{ ack: 'one' }]);
  await input.stop();
});

test('a client that speaks JSON is answered in JSON', async () => {
  const input = await startInput();
  const client = new TestClient(input.port);
  client.socket.write('["app", 1700000001.5, {"n": 9007199254740993}, {"chunk": "one"}]\n');
  await once(client.socket, 'data');
  assert.equal(client.received.toString(), '{"ack":"one"}');
  assert.deepEqual(numbers(input.batches), [9_007_199_254_740_993n]);
  assert.deepEqual(input.batches[0]?.entries()[0]?.time, new EventTime(1_700_000_001, 500_000_000));
  await input.stop();
});

test('JSON arrives whole however it is read', async () => {
  const input = await startInput();
  const client = new TestClient(input.port);
  const total = 20_000;
  const texts = Array.from(
    { length: total },
    (_, n) => `["app",5,{"n":${n},"t":"${'x'.repeat(n % 99)}"}]`,
  );
  client.socket.end(texts.join(''));
  await client.closed;
  assert.deepEqual(
    numbers(input.batches),
    texts.map((_, n) => n),
  );
  await input.stop();
});

test('what is no frame is passed over, and said once', async () => {
  const input = await startInput();
  const client = new TestClient(input.port);
  client.send(...Buffer.from('GET / HTTP/1.1\r\n\r\n'), null, ['app', 5, { n: 1 }, { chunk: 'x' }]);
  await client.answered(1);
  assert.deepEqual(numbers(input.batches), [1]);
  const warnings = input.lines.filter(({ level }) => level === 'warn');
  assert.equal(warnings.length, 1);
  await input.stop();
});

const security = {
  selfHostname: 'server',
  sharedKey: 'key',
  userAuth: true,
  user: [{ username: 'ann', password: 'secret' }],
};
const credentials = { hostname: 'client', sharedKey: 'key', username: 'ann', password: 'secret' };

async function shakeHands(
  client: TestClient,
  change: Partial<typeof credentials>,
): Promise<string> {
  await once(client.socket, 'data');
  const greeted = client.received.length;
  const helo = decodeHelo(client.received);
  assert.ok(helo);
  client.send(Buffer.from(encodePing(helo, 'salt', { ...credentials, ...change })));
  await once(client.socket, 'data');
  return faultInPong(client.received.subarray(greeted), helo, 'salt', credentials) ?? 'welcome';
}

test('a client that knows the key and a password is let in, others are told why not', async () => {
  const input = await startInput({ security });
  const client = new TestClient(input.port);
  assert.equal(await shakeHands(client, {}), 'welcome');
  client.send(['app', 5, { n: 1 }, { chunk: 'one' }]);
  assert.deepEqual((await client.answered(3))[2], { ack: 'one' });
  const wrong = [{ sharedKey: 'other' }, { username: 'bob' }, { password: 'wrong' }];
  for (const change of wrong) {
    const stranger = new TestClient(input.port);
    assert.match(await shakeHands(stranger, change), /mismatch/);
    stranger.send(['app', 5, { n: 2 }]);
    await stranger.closed;
  }
  assert.deepEqual(numbers(input.batches), [1]);
  await input.stop();
});

test('a client that does not answer the greeting is let go', async () => {
  const input = await startInput({ security });
  const silent = new TestClient(input.port);
  await once(silent.socket, 'data');
  input.clock.advance(60_000);
  await silent.closed;
  const chatty = new TestClient(input.port);
  chatty.send(Buffer.concat([Buffer.from('c600ffffff', 'hex'), Buffer.alloc(200_000)]));
  await chatty.closed;
  await input.logged('its PING is longer');
  await input.stop();
});

test('a chunk is told by its id and its events where that is asked for, compressed or not', async () => {
  const chunk = 'p8n9gmxTQVC8/nh2wlKKeQ==';
  const entries = encode([5, { n: 1 }]);
  const input = await startInput({ skipRepeatedChunks: true });
  const client = new TestClient(input.port);
  client.send(
    ['app', entries, { chunk }],
    ['app', gzipSync(entries), { chunk, compressed: 'gzip' }],
  );
  client.send(['app', encode([5, { n: 2 }]), { chunk }]);
  await client.answered(3);
  const [first, second, third] = input.batches.map(({ origin }) => origin?.source);
  assert.match(String(first), /^chunk:/);
  assert.equal(second, first);
  assert.notEqual(third, first);
  await input.stop();
  const usual = await startInput();
  const other = new TestClient(usual.port);
  other.send(['app', entries, { chunk }]);
  await other.answered(1);
  assert.equal(usual.batches[0]?.origin, undefined);
  await usual.stop();
});

test('options that do not fit together are refused', () => {
  const refused: readonly [Parameters<typeof forward>[0], RegExp][] = [
    [{ transport: { protocol: 'tls' } }, /cert_path/],
    [{ sourceHostnameKey: 'host', resolveHostname: false }, /resolve_hostname/],
    [{ security: { ...security, user: [] } }, /<user>/],
    [{ security: { ...security, client: [{}] } }, /<client>/],
    [{ security: { ...security, client: [{ host: 'a', network: 'b' }] } }, /<client>/],
    [{ security: { ...security, allowAnonymousSource: false } }, /nobody/],
  ];
  for (const [options, message] of refused) {
    const call = forward(options);
    assert.throws(() => call.plugin.create(call.options, testContext()), {
      code: 'MR_OPTION',
      message,
    });
  }
});

test('a client’s network that is none is an error when the input runs', async () => {
  await assert.rejects(
    startInput({ security: { ...security, client: [{ network: '10.0.0.0/99' }] } }),
    { code: 'MR_OPTION', message: /10\.0\.0\.0\/99/ },
  );
});
