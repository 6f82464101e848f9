import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { AgentReport } from '../../../lib/fleet/fleet_report.ts';
import { readReports } from '../../../lib/fleet/read_report.ts';
import { fromConfig } from '../../../lib/process/embed.ts';
import { freePort, isListening } from '../../e2e/program.ts';
import { startAgents } from '../../e2e/simulated_agents.ts';
import { until } from '../../e2e/waiting.ts';

interface Settings {
  /** What it gives its events to. */
  readonly output: (place: Place) => string;
  readonly port?: number;
}

/** A process that takes events by `forward`, and tells of its agents. */
class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'millrace-relay-'));
  readonly port: number;
  readonly #monitor: number;
  readonly #output: (place: Place) => string;
  #stop: () => Promise<void> = async () => {};

  static async start(context: TestContext, { output, port }: Settings): Promise<Place> {
    const place = new Place(output, port ?? (await freePort()), await freePort());
    context.after(async () => {
      await place.stop();
      rmSync(place.folder, { recursive: true });
    });
    await place.start();
    return place;
  }

  private constructor(output: (place: Place) => string, port: number, monitor: number) {
    this.#output = output;
    this.port = port;
    this.#monitor = monitor;
  }

  async start(): Promise<void> {
    const output = this.#output(this);
    const path = join(this.folder, 'millrace.conf');
    writeFileSync(
      path,
      `
<system>
  root_dir ${this.folder}
</system>
<source>
  @type forward
  bind 127.0.0.1
  port ${this.port}
</source>
<source>
  @type monitor_agent
  port ${this.#monitor}
</source>
<match **>
  ${output}
  <buffer${output.includes('@type forward') ? ' tag' : ''}>
    @type file
    flush_mode interval
    flush_interval 100ms
  </buffer>
</match>
`,
    );
    const running = await fromConfig(path).run();
    this.#stop = () => running.stop();
    await until('it does not listen', 20_000, async () => {
      return (await isListening(this.port)) && (await isListening(this.#monitor));
    });
  }

  /** What its buffer holds is there when it starts again. */
  async stop(): Promise<void> {
    await this.#stop();
    this.#stop = async () => {};
  }

  /** What it knows of some agents. */
  async reports(of: readonly { readonly name: string }[]): Promise<AgentReport[]> {
    const response = await fetch(`http://127.0.0.1:${this.#monitor}/api/agents.json`);
    const all = readReports(await response.text(), 'here');
    return all.filter(({ name }) => of.some((agent) => agent.name === name));
  }

  async hasEvents(of: readonly { readonly name: string }[], count: number): Promise<void> {
    await until('not all is told', 20_000, async () => {
      const reports = await this.reports(of);
      return reports.reduce((sum, { events }) => sum + events, 0) === count;
    });
  }
}

function toFile({ folder }: Place): string {
  return `@type file\n  path ${folder}/out\n  append true`;
}

function toServer(port: number): () => string {
  return () => `@type forward
  require_ack_response true
  <server>
    host 127.0.0.1
    port ${port}
  </server>`;
}

test('stamps of agents come over two relays, and tell the last collector what is missing', async (context) => {
  const collector = await Place.start(context, { output: toFile });
  const second = await Place.start(context, { output: toServer(collector.port) });
  const first = await Place.start(context, { output: toServer(second.port) });
  const agents = startAgents({ count: 3, groups: 1, ports: [first.port] });
  for (let round = 0; round < 4; round += 1) {
    if (round === 2) agents[1]?.skip();
    await Promise.all(agents.map((agent) => agent.send()));
  }
  await Promise.all(agents.map((agent) => agent.close()));
  await collector.hasEvents(agents, 240);
  assert.deepEqual(
    (await collector.reports(agents)).map(
      ({ name, events, missingChunks, repeatedFrames, address }) => [
        ...[name, events, missingChunks, repeatedFrames, address],
      ],
    ),
    agents.map(({ name }, index) => [name, 80, index === 1 ? 1 : 0, 0, '127.0.0.1']),
  );
});

test('a relay that starts again still knows what agents said of events that it holds for another relay', async (context) => {
  const port = await freePort();
  const second = await Place.start(context, { output: toServer(port) });
  const first = await Place.start(context, { output: toServer(second.port) });
  const agents = startAgents({ count: 2, groups: 1, ports: [first.port] });
  await Promise.all(agents.map((agent) => agent.send()));
  await Promise.all(agents.map((agent) => agent.close()));
  await second.hasEvents(agents, 40);
  await second.stop();
  const collector = await Place.start(context, { output: toFile, port });
  await second.start();
  await collector.hasEvents(agents, 40);
});
