import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { decodeHelo, encodePing } from '../../../lib/codec/forward_handshake.ts';
import type { MillraceError } from '../../../lib/error.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { Chunk } from '../../../lib/plugin/contract.ts';
import { testChunk } from '../../../lib/testing/test_chunk.ts';
import { type Issued, Office } from '../../lib/net/certificates.ts';
import { type RunningInput, startInput, TestClient } from '../input/forward_harness.ts';
import { makeOutput, type TestOutput } from './forward_harness.ts';

type ServerOptions = NonNullable<NonNullable<Parameters<typeof startInput>[0]>['transport']>;
type ClientOptions = NonNullable<Parameters<typeof makeOutput>[1]>;

const never = new AbortController().signal;

function chunkOf(number: number): Chunk {
  return testChunk({
    id: number.toString(16).padStart(32, '0'),
    tag: 'app',
    entries: [{ time: new EventTime(1_700_000_000, number), record: { n: number } }],
  });
}

interface Pair {
  readonly input: RunningInput;
  readonly output: TestOutput;
}

/** An input with a certificate and an output that trusts the office's root, unless told otherwise. */
async function connect(
  t: TestContext,
  office: Office,
  settings: {
    readonly server?: Issued;
    readonly transport?: Partial<ServerOptions>;
    readonly client?: ClientOptions;
    readonly host?: Omit<Exclude<Parameters<typeof makeOutput>[0][number], number>, 'port'>;
    readonly input?: Omit<NonNullable<Parameters<typeof startInput>[0]>, 'transport'>;
  } = {},
): Promise<Pair> {
  const { certPath, keyPath } = settings.server ?? office.issue('server');
  const transport = {
    protocol: 'tls',
    certPath,
    privateKeyPath: keyPath,
    ...settings.transport,
  } as const;
  const input = await startInput({ ...settings.input, transport });
  const output = makeOutput([{ ...settings.host, port: input.port }], {
    transport: 'tls',
    tlsCertPath: [office.root.certPath],
    ...settings.client,
  });
  t.after(async () => {
    await output.close();
    await input.stop();
  });
  return { input, output };
}

function clientCertificate({ certPath, keyPath }: Issued): ClientOptions {
  return { tlsClientCertPath: certPath, tlsClientPrivateKeyPath: keyPath };
}

/** Both sides must say that, and nothing may be taken. */
async function refused(
  { input, output }: Pair,
  says: { readonly client: RegExp; readonly server: RegExp; readonly reason: string; by?: string },
): Promise<MillraceError> {
  const error = await output.output.write(chunkOf(1), never).then(
    () => assert.fail('it was delivered'),
    (thrown: MillraceError) => thrown,
  );
  assert.match(error.message, says.client);
  assert.ok(error.retryable);
  await input.logged(says.by === 'client' ? 'a client refuses this server' : 'was refused');
  const line = input.lines.find(({ message }) => says.server.test(message));
  assert.ok(line, input.lines.map(({ message }) => message).join('\n'));
  assert.equal(line.fields['client'], '127.0.0.1');
  const labels = { input: 'under_test', reason: says.reason, by: says.by ?? 'server' };
  assert.equal(input.metrics.read('millrace_input_refusals_total', labels), 1);
  assert.equal(input.batches.length, 0);
  return error;
}

for (const version of ['TLSv1_2', 'TLSv1_3'] as const) {
  test(`events arrive and are acknowledged over ${version}`, async (t) => {
    const { input, output } = await connect(t, new Office(t), { transport: { version } });
    await Promise.all([1, 2, 3].map((number) => output.output.write(chunkOf(number), never)));
    assert.equal(input.batches.length, 3);
  });
}

test('a server whose certificate has expired is not trusted, and learns why', async (t) => {
  const office = new Office(t);
  const server = office.issue('old', { to: '2021-01-01T00:00:00Z' });
  await refused(await connect(t, office, { server }), {
    client: /its certificate has expired \(Jan {2}1 00:00:00 2021 GMT\)/,
    server: /a client refuses this server: our certificate has expired/,
    reason: 'expired',
    by: 'client',
  });
});

test('a server whose certificate is not valid yet is not trusted, and learns why', async (t) => {
  const office = new Office(t);
  const server = office.issue('new', { from: '2055-01-01T00:00:00Z' });
  await refused(await connect(t, office, { server }), {
    client: /its certificate is not valid yet \(Jan {2}1 00:00:00 2055 GMT\)/,
    server: /our certificate is not valid yet/,
    reason: 'not_yet_valid',
    by: 'client',
  });
});

test('a server with the certificate of another host is not trusted, and learns why', async (t) => {
  const office = new Office(t);
  const server = office.issue('elsewhere', { names: ['a.example'] });
  await refused(await connect(t, office, { server }), {
    client: /its certificate is for another host, not for `127\.0\.0\.1`: DNS:a\.example/,
    server: /our certificate is for another host, not for `127\.0\.0\.1`: DNS:a\.example/,
    reason: 'wrong_host',
    by: 'client',
  });
});

test('a server of a CA that is not known is not trusted, and learns why', async (t) => {
  const office = new Office(t);
  const stranger = office.selfSigned('stranger', { isAuthority: true, names: [] });
  const server = office.issue('theirs', { by: stranger });
  await refused(await connect(t, office, { server }), {
    client: /its certificate comes from a CA that is not trusted here/,
    server: /our certificate comes from a CA that is not trusted here/,
    reason: 'unknown_ca',
    by: 'client',
  });
});

test('a server whose certificate signs itself is trusted only where that is allowed', async (t) => {
  const office = new Office(t);
  const server = office.selfSigned('own');
  await refused(await connect(t, office, { server }), {
    client: /its certificate is self-signed/,
    server: /our certificate is self-signed/,
    reason: 'self_signed',
    by: 'client',
  });
  const allowed = { server, client: { tlsAllowSelfSignedCert: true } };
  const { output } = await connect(t, office, allowed);
  await output.output.write(chunkOf(1), never);
  const elsewhere = { ...allowed, server: office.selfSigned('other', { names: ['a.example'] }) };
  await refused(await connect(t, office, elsewhere), {
    client: /another host/,
    server: /another host/,
    reason: 'wrong_host',
    by: 'client',
  });
});

for (const version of ['TLSv1_2', 'TLSv1_3'] as const) {
  test(`a client without a certificate is refused where one is asked for, over ${version}`, async (t) => {
    const office = new Office(t);
    const transport = { clientCertAuth: true, caPath: office.root.certPath, version };
    await refused(await connect(t, office, { transport }), {
      client: /refused by the server: we have no certificate/,
      server: /a client was refused: it has no certificate/,
      reason: 'no_certificate',
    });
  });

  test(`a client is refused whose certificate has expired or is of an unknown CA, over ${version}`, async (t) => {
    const office = new Office(t);
    const transport = { clientCertAuth: true, caPath: office.root.certPath, version };
    const old = office.issue('old', { to: '2021-01-01T00:00:00Z' });
    await refused(await connect(t, office, { transport, client: clientCertificate(old) }), {
      client: /refused by the server: our certificate has expired/,
      server: /a client was refused: its certificate has expired/,
      reason: 'expired',
    });
    const stranger = office.selfSigned('stranger', { isAuthority: true, names: [] });
    const theirs = office.issue('theirs', { by: stranger });
    await refused(await connect(t, office, { transport, client: clientCertificate(theirs) }), {
      client: /refused by the server: our certificate comes from a CA that is not trusted/,
      server: /a client was refused: its certificate comes from a CA that is not trusted/,
      reason: 'unknown_ca',
    });
  });
}

test('a client is known by its certificate, and only those that are named may come in', async (t) => {
  const office = new Office(t);
  const transport = {
    clientCertAuth: true,
    caPath: office.root.certPath,
    allowIdentities: ['spiffe://fleet/north/*'],
  };
  const input = { sourceIdentityKey: 'agent' };
  const ann = office.issue('ann', { names: ['ann.example', 'spiffe://fleet/north/ann'] });
  const good = await connect(t, office, { transport, input, client: clientCertificate(ann) });
  await good.output.output.write(chunkOf(1), never);
  assert.deepEqual(good.input.batches[0]?.entries()[0]?.record, {
    n: 1,
    agent: 'spiffe://fleet/north/ann',
  });
  const bob = office.issue('bob', { names: ['spiffe://fleet/south/bob'] });
  await refused(await connect(t, office, { transport, client: clientCertificate(bob) }), {
    client: /our certificate names `spiffe:\/\/fleet\/south\/bob`, who may not come in/,
    server: /its certificate names `spiffe:\/\/fleet\/south\/bob`, who may not come in/,
    reason: 'identity',
  });
});

test('a client that speaks only old versions of TLS is refused', async (t) => {
  const client = { tlsVersion: 'TLS1_1', tlsCiphers: 'DEFAULT:@SECLEVEL=0' } as const;
  await refused(await connect(t, new Office(t), { client }), {
    client: /it does not speak our versions of TLS/,
    server: /it speaks only versions of TLS that are not allowed here/,
    reason: 'old_version',
  });
});

test('a client is refused with which there is no common cipher', async (t) => {
  const settings = {
    transport: { version: 'TLSv1_2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
    client: { tlsCiphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', tlsMaxVersion: 'TLSv1_2' },
  } as const;
  await refused(await connect(t, new Office(t), settings), {
    client: /there is no common cipher/,
    server: /it knows no cipher that is allowed here/,
    reason: 'no_common_cipher',
  });
});

test('old versions of TLS are spoken where both sides allow them', async (t) => {
  const settings = {
    transport: { minVersion: 'TLS1_1' },
    client: { tlsMinVersion: 'TLS1_1', tlsMaxVersion: 'TLS1_1' },
  } as const;
  const { input, output } = await connect(t, new Office(t), settings);
  await output.output.write(chunkOf(1), never);
  assert.equal(input.batches.length, 1);
});

test('a client without TLS is refused by a server with it, and the other way round', async (t) => {
  const office = new Office(t);
  await refused(await connect(t, office, { client: { transport: 'tcp' } }), {
    client: /closed by the receiver, which has not answered at all: it may speak only TLS/,
    server: /it does not speak TLS/,
    reason: 'not_tls',
  });
  await refused(await connect(t, office, { transport: { protocol: 'tcp' } }), {
    client: /it does not speak TLS/,
    server: /it speaks TLS, which this server does not/,
    reason: 'unexpected_tls',
  });
});

test('a server that is known by a name is asked for it, where its host is an address', async (t) => {
  const office = new Office(t);
  const server = office.issue('named', { names: ['collector.example'] });
  const host = { name: 'collector.example' };
  const { input, output } = await connect(t, office, { server, host });
  await output.output.write(chunkOf(1), never);
  assert.equal(input.batches.length, 1);
});

test('who trusts all servers, or all names, is connected', async (t) => {
  const office = new Office(t);
  const server = office.issue('elsewhere', { names: ['a.example'] });
  for (const client of [
    { tlsVerifyHostname: false },
    { tlsInsecureMode: true, tlsCertPath: [office.issue('other').certPath] },
  ]) {
    const { input, output } = await connect(t, office, { server, client });
    await output.output.write(chunkOf(1), never);
    assert.equal(input.batches.length, 1);
  }
});

const security = {
  selfHostname: 'server',
  sharedKey: 'key',
  userAuth: true,
  user: [
    { username: 'ann', password: 'secret' },
    { username: 'bob', password: 'other' },
  ],
  client: [{ network: '127.0.0.0/8', users: ['ann'] }],
};
const ann = { username: 'ann', password: 'secret' };

for (const [what, change, says] of [
  [
    'another shared key',
    { host: { sharedKey: 'other' } },
    [/refused by the server: shared_key mismatch/, /it has another shared key/, 'wrong_shared_key'],
  ],
  [
    'a wrong password',
    { host: { password: 'wrong' } },
    [/username\/password mismatch/, /its password for user "ann" is wrong/, 'wrong_password'],
  ],
  [
    'the name of no user',
    { host: { username: 'eve' } },
    [/username\/password mismatch/, /there is no user "eve"/, 'unknown_user'],
  ],
  [
    'the name of a user of other places',
    { host: { username: 'bob', password: 'other' } },
    [/username\/password mismatch/, /user "bob" may not come from its address/, 'wrong_source'],
  ],
  [
    'an address that no client section names',
    { security: { client: [{ network: '10.0.0.0/8' }], allowAnonymousSource: false } },
    [
      /anonymous source host '127\.0\.0\.1' denied/,
      /its address is in no `<client>`/,
      'wrong_source',
    ],
  ],
  [
    'the server’s own host name',
    { selfHostname: 'server' },
    [/the same host name/, /our `self_hostname` is the client’s own/, 'same_hostname', 'client'],
  ],
] as const) {
  test(`a client with ${what} is refused, and both sides say that`, async (t) => {
    const host = 'host' in change ? change.host : {};
    const selfHostname = 'selfHostname' in change ? change.selfHostname : 'client';
    const more = 'security' in change ? change.security : {};
    const pair = await connect(t, new Office(t), {
      input: { security: { ...security, ...more } },
      host: { ...ann, ...host },
      client: { security: { selfHostname, sharedKey: 'key' } },
    });
    const [client, server, reason, by] = says;
    await refused(pair, { client, server, reason, ...(by !== undefined && { by }) });
  });
}

test('a client with a key and a server without, or the other way round, is told so', async (t) => {
  const office = new Office(t);
  const asked = await connect(t, office, { input: { security } });
  await assert.rejects(asked.output.output.write(chunkOf(1), never), {
    message: /it asks for a shared key/,
    hint: /<security>/,
  });
  await asked.input.logged('it answers the greeting with no PING');
  const unasked = await connect(t, office, {
    client: { security: { selfHostname: 'client', sharedKey: 'key' } },
  });
  const rejected = assert.rejects(unasked.output.output.write(chunkOf(1), never), {
    message: /no handshake within 60000 ms: it may not ask for a shared key/,
  });
  await unasked.output.clock.passUntil(rejected);
});

test('a proof that held once is refused when it comes again, and said to be a replay', async (t) => {
  const office = new Office(t);
  const { input } = await connect(t, office, {
    transport: { protocol: 'tcp' },
    input: { security },
  });
  const credentials = { hostname: 'client', sharedKey: 'key', ...ann };
  const honest = new TestClient(input.port);
  await once(honest.socket, 'data');
  const helo = decodeHelo(honest.received);
  assert.ok(helo);
  const ping = Buffer.from(encodePing(helo, 'salt', credentials));
  honest.send(ping);
  assert.ok(Array.isArray((await honest.answered(2))[1]));
  const thief = new TestClient(input.port);
  await once(thief.socket, 'data');
  assert.notDeepEqual(decodeHelo(thief.received)?.nonce, helo.nonce);
  thief.send(ping, ['app', 5, { n: 1 }, { chunk: 'stolen' }]);
  await thief.closed;
  const [, pong] = thief.answers;
  assert.deepEqual(pong, ['PONG', false, 'shared_key mismatch: replayed digest', '', '']);
  const labels = { input: 'under_test', reason: 'replayed_digest', by: 'server' };
  assert.equal(input.metrics.read('millrace_input_refusals_total', labels), 1);
  assert.equal(input.batches.length, 0);
});

test('a client that is slow with the handshake of TLS is let go, and others are served meanwhile', async (t) => {
  const { input, output } = await connect(t, new Office(t));
  const slow = new TestClient(input.port);
  await once(slow.socket, 'connect');
  slow.socket.write(Buffer.from('16', 'hex'));
  await output.output.write(chunkOf(1), never);
  assert.equal(input.batches.length, 1);
  input.clock.advance(60_000);
  await slow.closed;
  const labels = { input: 'under_test', reason: 'handshake_timeout', by: 'server' };
  assert.equal(input.metrics.read('millrace_input_refusals_total', labels), 1);
});

test('a client that leaves in the middle of the handshake is noted at once', async (t) => {
  const { input } = await connect(t, new Office(t));
  const hasty = new TestClient(input.port);
  await once(hasty.socket, 'connect');
  hasty.socket.end(Buffer.from('160301', 'hex'));
  await input.logged('it left in the middle of the handshake');
});
