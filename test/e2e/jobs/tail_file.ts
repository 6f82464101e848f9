import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';
import { arrival } from '../arrival.ts';
import { killAll } from '../killing.ts';
import { LogFeed } from '../log_feed.ts';
import { bufferPhases } from '../phases.ts';
import { startProgram } from '../program.ts';
import { tallyFolder } from '../tally.ts';
import type { Job } from './job.ts';

const linesASecond = 3000;
const linesAFile = 30_000;

/**
 * A log is written on and on and rotated by rename and create; it is tailed into `file` while the process is killed
 * and started again. When all of it has arrived, it is truncated twice after a copy, and goes on.
 */
export const tailFile: Job = async ({ folder, lines, kills, seed, report }) => {
  const log = join(folder, 'log/app.log');
  const out = join(folder, 'out');
  const buffer = join(folder, 'buffer');
  for (const name of ['log', 'copies', 'out', 'buffer/state']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  const config = join(folder, 'tail_file.conf');
  writeFileSync(config, configText(folder));
  const start = () => startProgram(['run', '-c', config]);
  const victim = { name: 'tail', start, phases: bufferPhases(buffer, out) };

  const feed = new LogFeed({ path: log, linesASecond, linesAFile });
  feed.start();
  const { programs } = await killAll([victim], { kills, random: seededRandom(seed), report });
  const [program] = programs;
  const written = feed.written;
  await feed.stop(lines);
  report(`${written} lines until the last kill, ${feed.written - written} after it`);
  const deadlineMs = 30_000 + feed.written / 10;
  const complaints = [...(await arrival(out, feed.written, deadlineMs))];
  for (const name of ['first', 'second']) {
    copyFileSync(log, join(folder, 'copies', `${name}.log`));
    truncateSync(log);
    await feed.more(Math.floor(lines / 20));
    complaints.push(...(await arrival(out, feed.written, deadlineMs)));
  }
  const code = await program?.stop();
  if (code !== 0) complaints.push(`it stopped with ${code}: ${program?.output().slice(-2000)}`);
  return { tally: tallyFolder(out, feed.written), complaints };
};

function configText(folder: string): string {
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
  rotate_wait 1s
  <parse>
    @type json
  </parse>
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
