import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agents } from '../../lib/cli/agents.ts';
import type { AgentReport, Completeness } from '../../lib/fleet/fleet_report.ts';
import { fromConfig, type Running, silentLog } from '../../lib/index.ts';
import { testTerminal } from '../lib/cli/test_terminal.ts';
import { freePort } from './program.ts';
import { lineOf } from './tally.ts';

/** A collector within this process. */
export interface EmbeddedCollector {
  readonly port: number;
  /** Where `millrace agents` asks. */
  readonly monitor: string;
  /** The lines that arrived, in a folder for each tag. */
  readonly out: string;
  readonly running: Running;
}

/** Starts a collector that stores what arrives, below `folder`. */
export async function startCollector(folder: string): Promise<EmbeddedCollector> {
  const [port, monitor] = [await freePort(), await freePort()];
  const out = join(folder, 'out');
  const running = await start(folder, collectorText(folder, port, monitor));
  return { port, monitor: `127.0.0.1:${monitor}`, out, running };
}

/** What an agent sends, and how patient it is. */
export interface AgentSetup {
  /** Its name and its tag. */
  readonly name: string;
  /** Of its collectors. */
  readonly ports: readonly number[];
  /** All lines that are written at once make chunks of so many. */
  readonly linesAChunk: number;
  readonly ackTimeout: string;
  readonly flushInterval: string;
  /** So many chunks are under way at a time. */
  readonly threads: number;
}

/** An agent within this process that sends the lines of a log. */
export class EmbeddedAgent {
  readonly name: string;
  readonly running: Running;
  readonly #log: string;
  #written = 0;

  static async start(folder: string, setup: AgentSetup): Promise<EmbeddedAgent> {
    const log = join(folder, 'log');
    mkdirSync(folder, { recursive: true });
    writeFileSync(log, '');
    return new EmbeddedAgent(setup.name, log, await start(folder, agentText(folder, log, setup)));
  }

  private constructor(name: string, log: string, running: Running) {
    this.name = name;
    this.#log = log;
    this.running = running;
  }

  /** How many lines there are. */
  get written(): number {
    return this.#written;
  }

  /** Adds the next `count` lines to its log. */
  write(count: number): void {
    const lines = Array.from({ length: count }, (_, index) => lineOf(this.#written + index + 1));
    appendFileSync(this.#log, `${lines.join('\n')}\n`);
    this.#written += count;
  }
}

/** What `millrace agents --json` says of these collectors together, by name. */
export async function askAgents(
  collectors: readonly Pick<EmbeddedCollector, 'monitor'>[],
): Promise<ReadonlyMap<string, AgentReport & { readonly completeness: Completeness }>> {
  const from = collectors.map(({ monitor }) => monitor);
  const printed = testTerminal();
  await agents({ from, timeout: 30, json: true }, printed);
  const told: { agents: (AgentReport & { completeness: Completeness })[] } = JSON.parse(
    printed.outText(),
  );
  return new Map(told.agents.map((agent) => [agent.name, agent]));
}

async function start(folder: string, text: string): Promise<Running> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'own.conf');
  writeFileSync(path, text);
  // That connections break is what these tests are about.
  return fromConfig(path).run({ log: silentLog });
}

function agentText(folder: string, log: string, setup: AgentSetup): string {
  const { name, ports, linesAChunk, ackTimeout, flushInterval, threads } = setup;
  const servers = ports.map((port) => `<server>\n  host 127.0.0.1\n  port ${port}\n</server>`);
  return `
<source>
  @type tail
  tag ${name}
  path ${log}
  pos_file ${folder}/pos
  read_from_head true
  refresh_interval 100ms
  <parse>
    @type json
  </parse>
</source>

<match **>
  @type forward
  require_ack_response true
  ack_response_timeout ${ackTimeout}
  heartbeat_interval 200ms
  recover_wait 400ms
  ${servers.join('\n')}
  <agent>
    name ${name}
  </agent>
  <buffer>
    @type file
    path ${folder}/buffer
    chunk_limit_records ${linesAChunk}
    flush_mode interval
    flush_interval ${flushInterval}
    flush_thread_count ${threads}
    retry_wait 100ms
    retry_max_interval 300ms
    retry_forever true
  </buffer>
</match>
`;
}

function collectorText(folder: string, port: number, monitor: number): string {
  return `
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
  path ${folder}/out/\${tag}/log
  append true
  <format>
    @type json
  </format>
  <buffer tag>
    @type file
    path ${folder}/buffer
    flush_mode interval
    flush_interval 100ms
  </buffer>
</match>
`;
}
