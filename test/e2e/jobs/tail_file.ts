import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';
import { killAll } from '../killing.ts';
import { startProgram } from '../program.ts';
import { bytesBelow, bytesOfLines, describeTally, tallyFolder } from '../tally.ts';
import { until } from '../waiting.ts';
import { writeLines } from '../writing.ts';
import type { Job } from './job.ts';

const rotations = 5;

/**
 * A log is written by another process at full speed and rotated by rename and create, then, when all of it has
 * arrived, twice by copy and truncate; it is tailed into `file` while the process is killed.
 */
export const tailFile: Job = async ({ folder, lines, kills, seed, report }) => {
  const log = join(folder, 'log/app.log');
  const out = join(folder, 'out');
  for (const name of ['log', 'copies']) mkdirSync(join(folder, name), { recursive: true });
  const config = join(folder, 'tail_file.conf');
  writeFileSync(config, configText(folder));
  const victim = { name: 'tail', start: () => startProgram(['run', '-c', config]) };

  const fast = Math.floor(lines * 0.9);
  const slow = Math.floor(lines * 0.95);
  const writing = writeLines(log, 1, fast, rotations);
  const fastBytes = bytesOfLines(fast);
  const [program] = await killAll([victim], {
    kills,
    random: seededRandom(seed),
    progress: () => bytesBelow(out) / fastBytes,
    report,
  });
  await writing;
  const complaints: string[] = [];
  const arrived = async (count: number): Promise<void> => {
    const deadlineMs = 30_000 + count / 10;
    const bytes = bytesOfLines(count);
    await until(`${count} lines are not there`, deadlineMs, () => bytesBelow(out) >= bytes).catch(
      (error: Error) => complaints.push(error.message),
    );
    report(describeTally(tallyFolder(out, count)));
  };
  await arrived(fast);
  for (const [first, last] of [
    [fast + 1, slow],
    [slow + 1, lines],
  ] as const) {
    copyFileSync(log, join(folder, 'copies', `before_${first}.log`));
    truncateSync(log);
    await writeLines(log, first, last, 0);
    await arrived(last);
  }
  const code = await program?.stop();
  if (code !== 0) complaints.push(`it stopped with ${code}: ${program?.output().slice(-2000)}`);
  return { tally: tallyFolder(out, lines), complaints };
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
    chunk_limit_size 1m
    flush_mode interval
    flush_interval 200ms
  </buffer>
</match>
`;
}
