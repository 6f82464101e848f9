import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';
import { arrival } from '../arrival.ts';
import { killAll } from '../killing.ts';
import { LogFeed } from '../log_feed.ts';
import { bufferPhases } from '../phases.ts';
import { freePort, startProgram } from '../program.ts';
import { tallyFolder } from '../tally.ts';
import type { Job } from './job.ts';

const linesASecond = 3000;
const linesAFile = 30_000;

/** A log is tailed by one process, forwarded with acks to another and stored there; both are killed on the way. */
export const twoHops: Job = async ({ folder, lines, kills, seed, report }) => {
  const out = join(folder, 'out');
  const buffers = [join(folder, 'collector_buffer'), join(folder, 'agent_buffer')];
  for (const path of [join(folder, 'log'), out, ...buffers.map((each) => join(each, 'state'))]) {
    mkdirSync(path, { recursive: true });
  }
  const port = await freePort();
  const configs = [join(folder, 'collector.conf'), join(folder, 'agent.conf')];
  const texts = [collectorText(folder, port), agentText(folder, port)];
  const victims = configs.map((config, index) => {
    writeFileSync(config, texts[index] ?? '');
    const start = () => startProgram(['run', '-c', config]);
    return { name: config, start, phases: bufferPhases(buffers[index] ?? '', out) };
  });

  const feed = new LogFeed({ path: join(folder, 'log/app.log'), linesASecond, linesAFile });
  feed.start();
  const { programs } = await killAll(victims, { kills, random: seededRandom(seed), report });
  await feed.stop(lines);
  const complaints = [...(await arrival(out, feed.written, 60_000 + feed.written / 10))];
  for (const program of [...programs].reverse()) {
    const code = await program.stop();
    if (code !== 0) complaints.push(`one stopped with ${code}: ${program.output().slice(-2000)}`);
  }
  return { tally: tallyFolder(out, feed.written), complaints };
};

function agentText(folder: string, port: number): string {
  return `
<source>
  @type tail
  @id log
  tag app
  path ${folder}/log/app.log*
  pos_file ${folder}/app.pos
  read_from_head true
  follow_inodes true
  refresh_interval 200ms
  <parse>
    @type json
  </parse>
</source>

<match app>
  @type forward
  @id hop
  require_ack_response true
  ack_response_timeout 5s
  heartbeat_type none
  <server>
    host 127.0.0.1
    port ${port}
  </server>
  <buffer>
    @type file
    path ${folder}/agent_buffer
    chunk_limit_size 512k
    flush_mode interval
    flush_interval 200ms
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
  @id agents
  bind 127.0.0.1
  port ${port}
</source>

<match app>
  @type file
  @id out
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
    flush_interval 200ms
  </buffer>
</match>
`;
}
