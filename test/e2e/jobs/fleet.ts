import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { agents } from '../../../lib/cli/agents.ts';
import { testTerminal } from '../../lib/cli/test_terminal.ts';
import { freePort, isListening, type Program, startProgram } from '../program.ts';
import { type SimulatedAgent, startAgents } from '../simulated_agents.ts';
import { until } from '../waiting.ts';

/** How large a fleet is, and for how long it sends. */
export interface FleetSetup {
  readonly folder: string;
  readonly agents: number;
  readonly groups: number;
  readonly seconds: number;
  readonly report: (text: string) => void;
}

/**
 * Many agents in this process send to two collectors, each over sockets of its own; one of them skips a chunk. The
 * collectors must know every agent, what it sent, and which one is incomplete. Gives what is wrong.
 */
export async function fleet(setup: FleetSetup): Promise<string[]> {
  const { folder, groups, seconds, report } = setup;
  const collectors = await Promise.all(['one', 'two'].map((name) => startCollector(folder, name)));
  const ports = collectors.map(({ port }) => port);
  const fleet = startAgents({ count: setup.agents, groups, ports });
  const skipping = fleet[Math.floor(fleet.length / 3)];
  for (let second = 1; second <= seconds; second += 1) {
    if (second === Math.ceil(seconds / 2)) skipping?.skip();
    const sending = fleet.map((agent) => agent.send());
    await Promise.all([...sending, wait(1000)]);
    if (second % 10 === 0 || second === seconds) report(`${second} s: ${sum(fleet)} events sent`);
  }
  const complaints = await judge(setup, fleet, collectors, skipping?.name);
  await Promise.all(fleet.map((agent) => agent.close()));
  for (const { name, program } of collectors) {
    const code = await program.stop();
    if (code !== 0)
      complaints.push(`${name} stopped with ${code}: ${program.output().slice(-2000)}`);
  }
  return complaints;
}

/** An agent as `millrace agents --json` tells of it. */
interface Told {
  readonly name: string;
  readonly group: string;
  readonly events: number;
  readonly repeatedFrames: number;
  readonly doubledChunks: number;
  readonly completeness: string;
}

async function judge(
  { groups, report }: FleetSetup,
  fleet: readonly SimulatedAgent[],
  collectors: readonly Collector[],
  skipping: string | undefined,
): Promise<string[]> {
  const complaints: string[] = [];
  const from = collectors.map(({ monitor }) => `127.0.0.1:${monitor}`);
  const printed = testTerminal();
  await agents({ from, groupBy: 'prefix', timeout: 30 }, printed);
  report(`millrace agents --group-by prefix\n${printed.outText()}`);
  const asJson = testTerminal();
  const code = await agents({ from, groupBy: 'prefix', timeout: 30, json: true }, asJson);
  if (code !== 1) complaints.push(`an incomplete agent must fail the command, which gave ${code}`);
  const told: { readonly agents: readonly Told[] } = JSON.parse(asJson.outText());
  const byName = new Map(told.agents.map((agent) => [agent.name, agent]));
  if (told.agents.length !== fleet.length) {
    complaints.push(`${told.agents.length} of ${fleet.length} agents are known`);
  }
  const found = new Set(told.agents.map(({ group }) => group)).size;
  if (found !== groups) complaints.push(`there are ${found} groups instead of ${groups}`);
  for (const { name, sentEvents } of fleet) {
    const agent = byName.get(name);
    if (agent?.events !== sentEvents) {
      complaints.push(`${name} sent ${sentEvents} events, and ${agent?.events} are known`);
    }
    if ((agent?.repeatedFrames ?? 0) + (agent?.doubledChunks ?? 0) > 0) {
      complaints.push(`${name} repeated nothing`);
    }
    const wanted = name === skipping ? 'incomplete' : 'complete';
    if (agent?.completeness !== wanted) {
      complaints.push(`${name} is ${agent?.completeness} instead of ${wanted}`);
    }
  }
  return complaints;
}

interface Collector {
  readonly name: string;
  readonly port: number;
  readonly monitor: number;
  readonly program: Program;
}

async function startCollector(root: string, name: string): Promise<Collector> {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const [port, monitor] = [await freePort(), await freePort()];
  const config = join(folder, 'collector.conf');
  writeFileSync(config, configText(folder, port, monitor));
  const program = startProgram(['run', '-c', config]);
  await until(`${name} does not listen`, 30_000, async () => {
    return (await isListening(port)) && (await isListening(monitor));
  });
  return { name, port, monitor, program };
}

function sum(fleet: readonly SimulatedAgent[]): number {
  return fleet.reduce((total, { sentEvents }) => total + sentEvents, 0);
}

function configText(folder: string, port: number, monitor: number): string {
  return `
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
  @type file
  path ${folder}/out/log
  append true
  <buffer>
    @type file
    flush_interval 1s
  </buffer>
</match>
`;
}
