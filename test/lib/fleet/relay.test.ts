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

interface Place {
  readonly port: number;
  readonly monitor: number;
}

/** A process that takes events by `forward`, tells of its agents, and gives the events to `output`. */
async function start(context: TestContext, name: string, output: string): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), `millrace-${name}-`));
  const [port, monitor] = [await freePort(), await freePort()];
  const path = join(folder, `${name}.conf`);
  writeFileSync(
    path,
    `
<system>
  root_dir ${folder}
</system>
<source>
  @type forward
  bind 127.0.0.1
  port ${port}
</source>
<source>
  @type monitor_agent
  port ${monitor}
</source>
<match **>
  ${output.replaceAll('FOLDER', folder)}
  <buffer${output.includes('@type forward') ? ' tag' : ''}>
    @type file
    flush_mode interval
    flush_interval 100ms
  </buffer>
</match>
`,
  );
  const running = await fromConfig(path).run();
  context.after(async () => {
    await running.stop();
    rmSync(folder, { recursive: true });
  });
  await until(`${name} does not listen`, 20_000, async () => {
    return (await isListening(port)) && (await isListening(monitor));
  });
  return { port, monitor };
}

async function agentsOf({ monitor }: Place): Promise<AgentReport[]> {
  const response = await fetch(`http://127.0.0.1:${monitor}/api/agents.json`);
  return readReports(await response.text(), 'here');
}

test('stamps of agents come over two relays, and tell the last collector what is missing', async (context) => {
  const collector = await start(
    context,
    'collector',
    '@type file\n  path FOLDER/out\n  append true',
  );
  const forwardTo = ({ port }: Place): string => `@type forward
  require_ack_response true
  <server>
    host 127.0.0.1
    port ${port}
  </server>`;
  const second = await start(context, 'second', forwardTo(collector));
  const first = await start(context, 'first', forwardTo(second));
  const agents = startAgents({ count: 3, groups: 1, ports: [first.port] });
  for (let round = 0; round < 4; round += 1) {
    if (round === 2) agents[1]?.skip();
    await Promise.all(agents.map((agent) => agent.send()));
  }
  await Promise.all(agents.map((agent) => agent.close()));
  const ownAgents = async (): Promise<AgentReport[]> => {
    const all = await agentsOf(collector);
    return all.filter(({ name }) => agents.some((agent) => agent.name === name));
  };
  await until('not all is told', 20_000, async () => {
    const told = await ownAgents();
    return told.reduce((sum, { events }) => sum + events, 0) === 240;
  });
  assert.deepEqual(
    (await ownAgents()).map(({ name, events, missingChunks, repeatedFrames, address }) => [
      ...[name, events, missingChunks, repeatedFrames, address],
    ]),
    agents.map(({ name }, index) => [name, 80, index === 1 ? 1 : 0, 0, '127.0.0.1']),
  );
});
