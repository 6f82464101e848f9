import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';
import { killAll } from '../killing.ts';
import { freePort, startProgram } from '../program.ts';
import { bytesBelow, bytesOfLines, describeTally, tallyFolder } from '../tally.ts';
import { until } from '../waiting.ts';
import { writeLines } from '../writing.ts';
import type { Job } from './job.ts';

/** A log is tailed by one process, forwarded with acks to another and stored there; both are killed on the way. */
export const twoHops: Job = async ({ folder, lines, kills, seed, report }) => {
  const out = join(folder, 'out');
  mkdirSync(join(folder, 'log'), { recursive: true });
  const port = await freePort();
  const agent = join(folder, 'agent.conf');
  const collector = join(folder, 'collector.conf');
  writeFileSync(agent, agentText(folder, port));
  writeFileSync(collector, collectorText(folder, port));

  const writing = writeLines(join(folder, 'log/app.log'), 1, lines, 1);
  const victims = [
    { name: 'collector', start: () => startProgram(['run', '-c', collector]) },
    { name: 'agent', start: () => startProgram(['run', '-c', agent]) },
  ];
  const bytes = bytesOfLines(lines);
  const programs = await killAll(victims, {
    kills,
    random: seededRandom(seed),
    progress: () => bytesBelow(out) / bytes,
    report,
  });
  await writing;
  const complaints: string[] = [];
  await until('not every line is there', 60_000 + lines / 10, () => bytesBelow(out) >= bytes).catch(
    (error: Error) => complaints.push(error.message),
  );
  report(describeTally(tallyFolder(out, lines)));
  for (const [index, program] of [...programs].reverse().entries()) {
    const name = [...victims].reverse()[index]?.name;
    const code = await program.stop();
    if (code !== 0)
      complaints.push(`${name} stopped with ${code}: ${program.output().slice(-2000)}`);
  }
  return { tally: tallyFolder(out, lines), complaints };
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
