import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, isListening, type Program, startProgram } from '../program.ts';
import { Sender } from '../sender.ts';
import { bytesBelow, bytesOfLines, describeTally, filesBelow, tallyFolder } from '../tally.ts';
import { until } from '../waiting.ts';
import type { Job } from './job.ts';

const weights = [30, 30, 60];
const linesASecond = 1000;
/** The sender's messages are a whole number of chunks, so that all are alike. */
const linesAChunk = 25;
const flushThreads = 8;
const roundMs = 2500;
const outageMs = 700;

/** One of the collectors and the process that it is at the moment. */
interface Collector {
  readonly name: string;
  readonly port: number;
  readonly configuration: string;
  readonly out: string;
  program: Program;
}

/**
 * An agent shares its events among three collectors and a standby, by weight. Of the three one after another is
 * killed and started again under load; before and after, the shares must be those of the weights and the
 * standby idle.
 */
export const threeCollectors: Job = async ({ folder, seconds, report }) => {
  const collectors = await Promise.all(
    ['a', 'b', 'c', 'standby'].map((name) => startCollector(folder, name)),
  );
  await until('a collector does not listen', 60_000, async () =>
    (await Promise.all(collectors.map(({ port }) => isListening(port)))).every(Boolean),
  );
  const port = await freePort();
  const agentFile = join(folder, 'agent.conf');
  writeFileSync(agentFile, agentText(folder, port, collectors));
  const agent = startProgram(['run', '-c', agentFile]);
  await until('the agent does not listen', 60_000, () => isListening(port));
  const sender = new Sender(port, 'app', linesASecond);
  sender.start();
  const calmMs = Math.max(5000, seconds * 100);

  await wait(500);
  const before = await watchCalm(sender, calmMs);
  const out = join(folder, 'out');
  await untilWhole(out, before.to);
  report(`${sender.sent} lines sent, and the killing begins`);
  const kills = await killInTurn(collectors.slice(0, weights.length), seconds, report);
  await until('not every server is back', 60_000, () => lostServers(agent).size === 0);
  const during = { from: before.to, to: sender.sent };
  report(`${sender.sent} lines sent, and every server is back`);
  // What lay in the way of a dead server has to find another one first.
  await wait(1000);
  const after = await watchCalm(sender, calmMs);
  await sender.stop();
  report(`${sender.sent} lines sent, ${kills} kills`);

  const complaints: string[] = [];
  await untilWhole(out, sender.sent).catch((error: Error) => complaints.push(error.message));
  for (const [name, range] of Object.entries({ before, after })) {
    complaints.push(...judgeShares(name, collectors, range, report));
  }
  const spared = countBetween(collectors.at(-1)?.out ?? '', during);
  report(`the standby took ${spared} lines while others were lost`);
  if (spared === 0) complaints.push('the standby was never used');
  for (const { name, program } of [...collectors, { name: 'agent', program: agent }].reverse()) {
    const code = await program.stop();
    if (code !== 0) complaints.push(`${name} ended with ${code}: ${program.output().slice(-2000)}`);
  }
  const tally = tallyFolder(out, sender.sent);
  report(describeTally(tally));
  // A chunk whose ack was lost with its collector is with another one too: no more than were under way at a kill.
  const mostRepeated = kills * flushThreads * linesAChunk;
  if (tally.repeated.length > mostRepeated) {
    complaints.push(`${tally.repeated.length} lines came twice, more than ${mostRepeated}`);
  }
  return { tally: { ...tally, repeated: [] }, complaints };
};

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Resolves once the lines 1 to `last` are there; rejects when nothing has come for a minute. */
async function untilWhole(out: string, last: number): Promise<void> {
  const wanted = bytesOfLines(last);
  for (;;) {
    const bytes = bytesBelow(out);
    // Lines that came twice may make up for others, in bytes.
    if (bytes >= wanted && tallyFolder(out, last).missing.length === 0) return;
    await until('lines are missing, and no more come', 60_000, () => bytesBelow(out) > bytes);
  }
}

/** The lines that are sent while nothing happens. */
async function watchCalm(sender: Sender, ms: number): Promise<Range> {
  const from = sender.sent;
  await wait(ms);
  return { from, to: sender.sent };
}

async function killInTurn(
  victims: readonly Collector[],
  seconds: number,
  report: (text: string) => void,
): Promise<number> {
  const endMs = performance.now() + seconds * 1000;
  let kills = 0;
  while (performance.now() < endMs) {
    const victim = victims[kills % victims.length];
    if (victim === undefined) break;
    await victim.program.kill();
    kills += 1;
    await wait(outageMs);
    victim.program = startProgram(['run', '-c', victim.configuration]);
    await until('it does not listen again', 60_000, () => isListening(victim.port));
    report(`kill ${kills}: ${victim.name} was killed and listens again`);
    await wait(roundMs - outageMs);
  }
  return kills;
}

/** Those that the agent has told to be lost and not yet to be back. */
function lostServers(agent: Program): ReadonlySet<string> {
  const lost = new Set<string>();
  for (const [, name = '', what] of agent.output().matchAll(/server (\w+) is (lost|back)/g)) {
    if (what === 'lost') lost.add(name);
    else lost.delete(name);
  }
  return lost;
}

function judgeShares(
  name: string,
  collectors: readonly Collector[],
  range: Range,
  report: (text: string) => void,
): string[] {
  const counts = collectors.map(({ out }) => countBetween(out, range));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const allWeights = weights.reduce((sum, weight) => sum + weight, 0);
  report(`${name} the kills: ${counts.join(', ')} lines at a, b, c and the standby`);
  const complaints: string[] = [];
  if (counts.at(-1) !== 0) complaints.push(`${name} the kills the standby had ${counts.at(-1)}`);
  for (const [index, weight] of weights.entries()) {
    const due = (total * weight) / allWeights;
    const count = counts[index] ?? 0;
    if (Math.abs(count - due) > 0.05 * due) {
      complaints.push(`${name} the kills ${collectors[index]?.name} had ${count}, not ${due}`);
    }
  }
  return complaints;
}

/** How many lines of the range lie below a folder. */
function countBetween(folder: string, { from, to }: Range): number {
  let count = 0;
  for (const path of filesBelow(folder)) {
    for (const [, number] of readFileSync(path, 'utf8').matchAll(/^\{"n":(\d+),/gm)) {
      if (Number(number) > from && Number(number) <= to) count += 1;
    }
  }
  return count;
}

async function startCollector(folder: string, name: string): Promise<Collector> {
  const port = await freePort();
  const configuration = join(folder, `${name}.conf`);
  const out = join(folder, 'out', name);
  mkdirSync(out, { recursive: true });
  writeFileSync(configuration, collectorText(folder, name, port));
  return { name, port, configuration, out, program: startProgram(['run', '-c', configuration]) };
}

function agentText(folder: string, port: number, collectors: readonly Collector[]): string {
  const servers = collectors.map(
    (collector, index) => `
  <server>
    name ${collector.name}
    host 127.0.0.1
    port ${collector.port}
    weight ${weights[index] ?? 60}
    standby ${index >= weights.length}
  </server>`,
  );
  return `
<source>
  @type forward
  @id in
  bind 127.0.0.1
  port ${port}
</source>

<match app>
  @type forward
  @id hop
  require_ack_response true
  ack_response_timeout 5s
  heartbeat_interval 200ms
  recover_wait 1s
  ${servers.join('\n')}
  <buffer>
    @type file
    path ${folder}/agent_buffer
    chunk_limit_records ${linesAChunk}
    durability os
    flush_mode interval
    flush_interval 200ms
    flush_thread_count ${flushThreads}
    retry_wait 200ms
    retry_max_interval 1s
    retry_forever true
  </buffer>
</match>
`;
}

function collectorText(folder: string, name: string, port: number): string {
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
  path ${folder}/out/${name}/app
  append true
  <format>
    @type json
  </format>
  <buffer>
    @type file
    path ${folder}/${name}_buffer
    durability os
    flush_mode interval
    flush_interval 200ms
  </buffer>
</match>
`;
}
