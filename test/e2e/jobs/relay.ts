import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';
import { arrival } from '../arrival.ts';
import { killAll } from '../killing.ts';
import { LogFeed } from '../log_feed.ts';
import { bufferPhases } from '../phases.ts';
import { freePort, type Program, startProgram } from '../program.ts';
import { bytesBelow, bytesOfLines, describeTally, tallyFolder } from '../tally.ts';
import { until } from '../waiting.ts';
import type { Job } from './job.ts';

const linesASecond = 500;
const linesAFile = 30_000;
/** Lines that are written while the collector is away. */
const lateLines = 1000;

/**
 * A log goes from an agent through a relay to a collector, and each acknowledges what the next one has delivered.
 * Relay and collector are killed on the way. In the end the relay loses its disk while the collector is away: the
 * agent, which has had no ack, still has everything.
 */
export const relay: Job = async ({ folder, lines, kills, seed, report }) => {
  const out = join(folder, 'out');
  const buffer = (name: string): string => join(folder, `${name}_buffer`);
  mkdirSync(join(folder, 'log'), { recursive: true });
  mkdirSync(out);
  const [relayPort, collectorPort] = [await freePort(), await freePort()];
  const starter = (name: string, text: string): (() => Program) => {
    mkdirSync(join(buffer(name), 'state'), { recursive: true });
    const config = join(folder, `${name}.conf`);
    writeFileSync(config, text);
    return () => startProgram(['run', '-c', config]);
  };
  const victims = [
    { name: 'collector', start: starter('collector', collectorText(folder, collectorPort)) },
    { name: 'relay', start: starter('relay', relayText(folder, relayPort, collectorPort)) },
  ];
  const agent = starter('agent', agentText(folder, relayPort))();

  const feed = new LogFeed({ path: join(folder, 'log/app.log'), linesASecond, linesAFile });
  feed.start();
  const targets = victims.map(({ name, start }) => ({
    ...{ name, start },
    // Nothing fails for good, of which a journal would tell.
    phases: bufferPhases(buffer(name), out).filter((phase) => phase.name !== 'journal'),
  }));
  const { programs } = await killAll(targets, { kills, random: seededRandom(seed), report });
  await feed.stop(lines);
  const complaints = [...(await arrival(out, feed.written, 60_000 + feed.written / 10))];
  await until('the agent got no acks', 60_000, () => chunksIn(buffer('agent')) === 0);
  report(describeTally(tallyFolder(out, feed.written)));

  const [collector, middle] = programs;
  await collector?.kill();
  await feed.more(lateLines);
  const isWithRelay = (): boolean => bytesBelow(buffer('relay')) > bytesOfLines(lateLines) / 2;
  await until('the relay has stored nothing', 60_000, isWithRelay);
  await middle?.kill();
  report(
    `the relay lost ${chunksIn(buffer('relay'))} chunks, the agent has ${chunksIn(buffer('agent'))}`,
  );
  rmSync(buffer('relay'), { recursive: true });
  const last = victims.map(({ start }) => start());
  complaints.push(...(await arrival(out, feed.written, 60_000)));
  await until('the agent got no acks', 60_000, () => chunksIn(buffer('agent')) === 0);
  for (const program of [agent, ...last.reverse()]) {
    const code = await program.stop();
    if (code !== 0) complaints.push(`one stopped with ${code}: ${program.output().slice(-2000)}`);
  }
  return { tally: tallyFolder(out, feed.written), complaints };
};

function chunksIn(buffer: string): number {
  if (!existsSync(buffer)) return 0;
  return readdirSync(buffer).filter((name) => /\.(staged|queued)$/.test(name)).length;
}

function agentText(folder: string, relayPort: number): string {
  return `
<source>
  @type tail
  tag app
  ack delivered
  path ${folder}/log/app.log*
  pos_file ${folder}/app.pos
  read_from_head true
  follow_inodes true
  refresh_interval 200ms
  <parse>
    @type json
  </parse>
</source>
${forwardText(`${folder}/agent_buffer`, relayPort)}`;
}

function relayText(folder: string, relayPort: number, collectorPort: number): string {
  return `
<source>
  @type forward
  ack delivered
  bind 127.0.0.1
  port ${relayPort}
</source>
${forwardText(`${folder}/relay_buffer`, collectorPort)}`;
}

function forwardText(buffer: string, port: number): string {
  return `
<match app>
  @type forward
  require_ack_response true
  ack_response_timeout 5s
  heartbeat_type none
  <server>
    host 127.0.0.1
    port ${port}
  </server>
  <buffer>
    @type file
    path ${buffer}
    chunk_limit_size 32k
    flush_mode interval
    flush_interval 100ms
    flush_thread_count 8
    retry_wait 200ms
    retry_max_interval 1s
    retry_forever true
  </buffer>
</match>
`;
}

function collectorText(folder: string, port: number): string {
  return `
<source>
  @type forward
  ack delivered
  bind 127.0.0.1
  port ${port}
</source>

<match app>
  @type file
  path ${folder}/out/app
  append true
  <format>
    @type json
  </format>
  <buffer>
    @type file
    path ${folder}/collector_buffer
    chunk_limit_size 1m
    flush_mode interval
    flush_interval 100ms
  </buffer>
</match>
`;
}
