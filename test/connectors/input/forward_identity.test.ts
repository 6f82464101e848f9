import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import forward from '../../../connectors/input/forward.ts';
import type { Origin } from '../../../lib/event/origin.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { AgentReport } from '../../../lib/fleet/fleet_report.ts';
import { readReports } from '../../../lib/fleet/read_report.ts';
import { fromConfig } from '../../../lib/process/embed.ts';
import { testChunk } from '../../../lib/testing/test_chunk.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import { freePort, isListening } from '../../e2e/program.ts';
import { until } from '../../e2e/waiting.ts';
import { type Issued, Office } from '../../lib/net/certificates.ts';
import { makeOutput } from '../output/forward_harness.ts';

const never = new AbortController().signal;

/** A collector with a TLS port and a plain one, as a configuration makes it. */
class Collector {
  readonly #office: Office;
  readonly #server: Issued;
  readonly #more: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'identity-'));
  readonly #places: { readonly tls: number; readonly plain: number; readonly monitor: number };
  #stop: () => Promise<void> = async () => {};

  static async start(t: TestContext, office: Office, more = ''): Promise<Collector> {
    const places = { tls: await freePort(), plain: await freePort(), monitor: await freePort() };
    const collector = new Collector(office, places, more);
    t.after(async () => {
      await collector.#stop();
      rmSync(collector.#folder, { recursive: true });
    });
    await collector.#run();
    return collector;
  }

  private constructor(
    office: Office,
    places: { readonly tls: number; readonly plain: number; readonly monitor: number },
    more: string,
  ) {
    this.#office = office;
    this.#server = office.issue('server');
    this.#places = places;
    this.#more = more;
  }

  get ports(): { readonly tls: number; readonly plain: number } {
    return this.#places;
  }

  async restart(): Promise<void> {
    await this.#stop();
    await this.#run();
  }

  async #run(): Promise<void> {
    const { tls, plain, monitor } = this.#places;
    const path = join(this.#folder, 'collector.conf');
    writeFileSync(
      path,
      `
<system>
  root_dir ${this.#folder}/root
</system>
<source>
  @type forward
  bind 127.0.0.1
  port ${tls}
  ${this.#more}
  <transport tls>
    cert_path ${this.#server.certPath}
    private_key_path ${this.#server.keyPath}
    client_cert_auth true
    ca_path ${this.#office.root.certPath}
  </transport>
</source>
<source>
  @type forward
  bind 127.0.0.1
  port ${plain}
</source>
<source>
  @type monitor_agent
  port ${monitor}
</source>
<match **>
  @type file
  path ${this.#folder}/out/all
  append true
  <format>
    @type json
  </format>
  <buffer>
    @type file
    flush_mode immediate
    flush_at_shutdown true
  </buffer>
</match>
`,
    );
    const running = await fromConfig(path).run();
    this.#stop = () => running.stop();
    await until('the collector does not listen', 20_000, async () => {
      const are = await Promise.all([tls, plain, monitor].map(isListening));
      return are.every((isOpen) => isOpen);
    });
  }

  /** Of each agent what it is bound to, its events and what was refused. */
  async told(): Promise<unknown[]> {
    return (await this.#agents()).map(({ id, identity, events, refusedStamps }) => {
      return [id, identity, events, refusedStamps];
    });
  }

  async #agents(): Promise<AgentReport[]> {
    const response = await fetch(`http://127.0.0.1:${this.#places.monitor}/api/agents.json`);
    return readReports(await response.text(), 'here');
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#places.monitor}/metrics`)).text();
  }

  /** Stops it, and reads who sent the events that it has written. */
  async written(): Promise<string[]> {
    await this.#stop();
    this.#stop = async () => {};
    const folder = join(this.#folder, 'out');
    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const lines = texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
    return lines.map((line) => String(JSON.parse(line).by)).sort();
  }
}

interface Sent {
  /** What it says it is. */
  readonly id: string;
  readonly certificate?: Issued;
  /** What it says that it has from others. */
  readonly passesOn?: Origin;
  readonly passesOnFor?: string;
}

function originOf(id: string, number: number): Origin {
  return { source: `s-${id}`, epoch: 1, begin: number, end: number + 1, low: 0 };
}

/** Sends one event in chunk `number` as an agent; resolves when it is acknowledged. */
async function send(
  t: TestContext,
  office: Office,
  { ports }: Collector,
  by: string,
  number: number,
  { id, certificate, passesOn, passesOnFor = '' }: Sent,
): Promise<void> {
  const { output, context, close } = makeOutput(
    [certificate === undefined ? ports.plain : ports.tls],
    {
      agent: { id, name: id },
      ...(certificate !== undefined && {
        transport: 'tls',
        tlsCertPath: [office.root.certPath],
        tlsClientCertPath: certificate.certPath,
        tlsClientPrivateKeyPath: certificate.keyPath,
      }),
    },
  );
  t.after(close);
  const chunk = testChunk({
    id: `${number}`.padStart(32, '0'),
    tag: 'app',
    entries: [{ time: new EventTime(1_700_000_000, number), record: { by } }],
    origin: originOf(id, number),
  });
  if (passesOn === undefined) {
    await output.write(chunk, never);
    return;
  }
  const agent = { id: passesOnFor, name: passesOnFor, version: '1', labels: new Map() };
  context.fleet.stored({ agent, origin: passesOn, receivers: 1, ageMs: 0 }, 1, '192.0.2.1');
  const sources = () => [{ ...passesOn, count: 1, part: 0, parts: 1 }];
  await output.write({ ...chunk, sources }, never);
}

test('an agent is bound to its certificate across restarts, and nobody else speaks or loses events for it', async (t) => {
  const office = new Office(t);
  const collector = await Collector.start(t, office);
  const own = office.issue('own', { names: ['own.example'] });
  const other = office.issue('other', { names: ['other.example'] });
  await send(t, office, collector, 'own', 0, { id: 'a', certificate: own });
  await send(t, office, collector, 'other', 1, { id: 'a', certificate: other });
  await send(t, office, collector, 'nobody', 1, { id: 'a' });
  assert.deepEqual(await collector.told(), [['a', 'own.example', 1, 2]]);
  assert.match(await collector.metrics(), /^millrace_fleet_refused_stamps_total 2$/m);
  await collector.restart();
  await send(t, office, collector, 'other again', 2, { id: 'a', certificate: other });
  assert.deepEqual(await collector.told(), [['a', 'own.example', 1, 3]]);
  // A renewed certificate is another file with another key and the same name in it.
  const renewed = office.issue('renewed', { names: ['own.example'] });
  for (const number of [1, 2]) {
    await send(t, office, collector, 'own', number, { id: 'a', certificate: renewed });
  }
  assert.deepEqual(await collector.told(), [['a', 'own.example', 3, 3]]);
  assert.deepEqual(await collector.written(), [
    ...['nobody', 'other', 'other again'],
    ...['own', 'own', 'own'],
  ]);
});

test('what others claim is stored once when they send it again', async (t) => {
  const office = new Office(t);
  const collector = await Collector.start(t, office);
  const own = office.issue('own', { names: ['own.example'] });
  await send(t, office, collector, 'own', 0, { id: 'a', certificate: own });
  for (const _ of [1, 2]) await send(t, office, collector, 'nobody', 1, { id: 'a' });
  assert.deepEqual(await collector.written(), ['nobody', 'own']);
});

test('a relay speaks of an agent that is bound, if it is one of those that may', async (t) => {
  const office = new Office(t);
  const collector = await Collector.start(t, office, 'relay_identities relay-*.example');
  const own = office.issue('own', { names: ['own.example'] });
  await send(t, office, collector, 'own', 0, { id: 'a', certificate: own });
  for (const name of ['relay-1.example', 'other.example']) {
    await send(t, office, collector, name, 0, {
      id: name,
      certificate: office.issue(name, { names: [name] }),
      passesOn: originOf('a', name === 'other.example' ? 2 ** 20 * 2 : 2 ** 20),
      passesOnFor: 'a',
    });
  }
  assert.deepEqual(await collector.told(), [
    ['a', 'own.example', 2, 1],
    ['other.example', 'other.example', 1, 0],
    ['relay-1.example', 'relay-1.example', 1, 0],
  ]);
});

test('the identity of an agent may be given, before it comes and after it has changed', async (t) => {
  const office = new Office(t);
  const more = `agent_identities {"a":"new.example"}`;
  const collector = await Collector.start(t, office, more);
  const old = office.issue('old', { names: ['old.example'] });
  await send(t, office, collector, 'old', 0, { id: 'a', certificate: old });
  assert.deepEqual(await collector.told(), []);
  const own = office.issue('new', { names: ['new.example'] });
  await send(t, office, collector, 'new', 0, { id: 'a', certificate: own });
  assert.deepEqual(await collector.told(), [['a', 'new.example', 1, 0]]);
});

test('options about certificates need certificates', () => {
  for (const given of [
    { relayIdentities: ['a'] },
    { agentIdentities: { a: 'b' } },
    { relayIdentities: ['a'], transport: { protocol: 'tls', clientCertAuth: false } },
    { agentIdentities: { a: '' } },
  ] as const) {
    const { plugin, options } = forward(given);
    assert.throws(
      () => plugin.create(options, testContext()),
      /`(relay|agent)_identities` needs `client_cert_auth true`/,
    );
  }
});
