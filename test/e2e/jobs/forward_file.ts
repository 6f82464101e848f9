import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';
import { AckingSender } from '../acking_sender.ts';
import { arrival } from '../arrival.ts';
import { killAll } from '../killing.ts';
import { bufferPhases } from '../phases.ts';
import { freePort, startProgram } from '../program.ts';
import { tallyFolder } from '../tally.ts';
import type { Job } from './job.ts';

const linesASecond = 3000;
/** What must still go through after the last kill. */
const linesAfter = 5000;

/**
 * A sender like Fluentd's, which gives no origins, sends chunks with acks and sends again what was not acknowledged;
 * the process that stores them with `file` is killed and started again.
 */
export const forwardFile: Job = async ({ folder, lines, kills, seed, report }) => {
  const out = join(folder, 'out');
  const buffer = join(folder, 'buffer');
  for (const path of [out, join(buffer, 'state')]) mkdirSync(path, { recursive: true });
  const port = await freePort();
  const config = join(folder, 'forward_file.conf');
  writeFileSync(config, configText(folder, port));
  const start = () => startProgram(['run', '-c', config]);
  const victim = { name: 'collector', start, phases: bufferPhases(buffer, out) };

  const random = seededRandom(seed + 1);
  const sender = new AckingSender({ port, tag: 'app', linesASecond, random });
  sender.start();
  const { programs } = await killAll([victim], { kills, random: seededRandom(seed), report });
  const [program] = programs;
  const before = sender.acknowledged;
  const complaints: string[] = [];
  const deadlineMs = 60_000 + lines / 10;
  await sender
    .stop(Math.max(lines, sender.made + linesAfter), deadlineMs)
    .catch((error: Error) => complaints.push(error.message));
  const { acknowledged, made, resent } = sender;
  report(`${before} lines acknowledged until the last kill, ${acknowledged - before} after it`);
  report(`${made} lines were sent, and ${resent} chunks more than once`);
  complaints.push(...(await arrival(out, made, deadlineMs)));
  const code = await program?.stop();
  if (code !== 0) complaints.push(`it stopped with ${code}: ${program?.output().slice(-2000)}`);
  return { tally: tallyFolder(out, made), complaints };
};

function configText(folder: string, port: number): string {
  return `
<source>
  @type forward
  @id entry
  bind 127.0.0.1
  port ${port}
  skip_repeated_chunks true
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
    path ${folder}/buffer
    chunk_limit_size 64k
    flush_mode interval
    flush_interval 200ms
  </buffer>
</match>
`;
}
