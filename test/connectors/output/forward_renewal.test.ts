import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { EventTime } from '../../../lib/event/time.ts';
import { testChunk } from '../../../lib/testing/test_chunk.ts';
import type { TestClock } from '../../../lib/testing/test_clock.ts';
import { type Issued, Office } from '../../lib/net/certificates.ts';
import { startInput } from '../input/forward_harness.ts';
import { makeOutput, type TestOutput } from './forward_harness.ts';

const never = new AbortController().signal;

/** A folder whose files change all at once, by a link that is flipped, as secrets of Kubernetes are. */
class Secret {
  readonly #folder: string;
  #version = 0;

  constructor(office: Office, name: string, files: Readonly<Record<string, string>>) {
    this.#folder = office.path(name);
    mkdirSync(this.#folder);
    this.flip(files);
  }

  path(name: string): string {
    return join(this.#folder, 'live', name);
  }

  flip(files: Readonly<Record<string, string>>): void {
    this.#version += 1;
    const version = `v${this.#version}`;
    mkdirSync(join(this.#folder, version));
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(this.#folder, version, name), text);
    }
    symlinkSync(version, join(this.#folder, 'next'));
    renameSync(join(this.#folder, 'next'), join(this.#folder, 'live'));
  }
}

function filesOf({ pem, keyPem }: Issued, authority: string): Readonly<Record<string, string>> {
  return { 'tls.crt': pem, 'tls.key': keyPem, 'ca.crt': authority };
}

let sent = 0;

async function send({ output }: TestOutput): Promise<void> {
  sent += 1;
  const entries = [{ time: new EventTime(1_700_000_000, 0), record: { n: sent } }];
  await output.write(testChunk({ id: sent.toString(16).padStart(32, '0'), entries }), never);
}

/** Sends one chunk after another until `stop`, which fails when one of them did. */
function flow(output: TestOutput): { stop(): Promise<number> } {
  let isStopping = false;
  let count = 0;
  const running = (async () => {
    for (; !isStopping; count += 1) await send(output);
  })();
  return {
    async stop() {
      isStopping = true;
      await running;
      return count;
    },
  };
}

/** Lets one look at the files come after the other. Here the clock cannot wait until nothing goes on: events flow. */
async function lookingUntil(clock: TestClock, event: Promise<void>): Promise<void> {
  let isOver = false;
  void event.then(() => {
    isOver = true;
  });
  while (!isOver) {
    clock.advance(10_000);
    await setImmediate();
  }
}

async function startServer(t: TestContext, secret: Secret) {
  const input = await startInput({
    sourceIdentityKey: 'agent',
    transport: {
      protocol: 'tls',
      certPath: secret.path('tls.crt'),
      privateKeyPath: secret.path('tls.key'),
      clientCertAuth: true,
      caPath: secret.path('ca.crt'),
    },
  });
  t.after(() => input.stop());
  return input;
}

function startClient(t: TestContext, port: number, secret: Secret): TestOutput {
  const output = makeOutput([port], {
    transport: 'tls',
    tlsCertPath: [secret.path('ca.crt')],
    tlsClientCertPath: secret.path('tls.crt'),
    tlsClientPrivateKeyPath: secret.path('tls.key'),
  });
  t.after(() => output.close());
  return output;
}

test('certificates, keys and CAs are renewed on both sides while events flow over a connection that stays', async (t) => {
  const office = new Office(t);
  const next = office.selfSigned('next', { isAuthority: true, names: [] });
  const { pem: oldRoot } = office.root;
  const server = new Secret(office, 'server', filesOf(office.issue('one'), oldRoot));
  const agent = office.issue('agent', { names: ['first.example'] });
  const client = new Secret(office, 'client', filesOf(agent, oldRoot));
  const input = await startServer(t, server);
  const kept = startClient(t, input.port, client);
  await send(kept);
  const flowing = flow(kept);

  // The server first, under a CA that the client does not know yet: only the kept connection can go on.
  server.flip(filesOf(office.issue('two', { by: next }), oldRoot + next.pem));
  await lookingUntil(input.clock, input.logged('new certificates are in use'));
  await send(kept);
  const stranger = startClient(t, input.port, client);
  await assert.rejects(send(stranger), { code: 'MR_AUTH', message: /a CA that is not trusted/ });
  await send(kept);

  // Then the client, whose output takes up the CA and a certificate of its own by it.
  const second = office.issue('agent2', { names: ['second.example'], by: next });
  client.flip(filesOf(second, oldRoot + next.pem));
  await stranger.clock.passUntil(stranger.context.logged('new certificates are in use'));
  await send(stranger);

  await send(kept);
  const own = new Set(input.batches.map((batch) => batch.entries()[0]?.record['agent']));
  assert.deepEqual([...own], ['first.example', 'second.example']);
  assert.ok((await flowing.stop()) > 0);
  assert.equal(input.metrics.read('millrace_tls_renewals_total', { input: 'under_test' }), 1);
  const { metrics } = stranger.context;
  assert.equal(metrics.read('millrace_tls_renewals_total', { output: 'under_test' }), 1);
});

test('new files that do not fit are refused with a warning, and the old ones stay in use', async (t) => {
  const office = new Office(t);
  const one = office.issue('one');
  const server = new Secret(office, 'server', filesOf(one, office.root.pem));
  const client = new Secret(office, 'client', filesOf(office.issue('agent'), office.root.pem));
  const input = await startServer(t, server);
  const two = office.issue('two');
  const labels = { input: 'under_test' };
  const bad = [
    { ...filesOf(two, office.root.pem), 'tls.key': one.keyPem },
    { ...filesOf(two, office.root.pem), 'tls.crt': 'half of a certif' },
    { 'tls.crt': two.pem },
  ];
  for (const [index, files] of bad.entries()) {
    server.flip(files);
    const counted = (): number =>
      input.metrics.read('millrace_tls_refused_renewals_total', labels) ?? 0;
    while (counted() <= index) await input.clock.pass(10_000);
    // Told once, not each time that it is looked at.
    await input.clock.pass(60_000);
    assert.equal(counted(), index + 1);
    const output = startClient(t, input.port, client);
    await send(output);
  }
  const warnings = input.lines.filter(({ message }) => message.includes('not taken up'));
  assert.equal(warnings.length, bad.length);
  assert.match(warnings[0]?.message ?? '', /tls\.key` does not belong to the certificate in/);
  assert.match(warnings[1]?.message ?? '', /tls\.crt` holds no certificate/);
  assert.match(warnings[2]?.message ?? '', /tls\.key` does not exist/);
  server.flip(filesOf(two, office.root.pem));
  await input.clock.passUntil(input.logged('new certificates are in use'));
  await send(startClient(t, input.port, client));
});
