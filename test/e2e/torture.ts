/**
 * Runs a proof as long as wanted: npm run torture -- --job tail_file --lines 1000000 --kills 10
 * Jobs: tail_file, two_hops, slow_output (--seconds 60). `--keep` leaves the folder for a look.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Job } from './jobs/job.ts';
import { slowOutput } from './jobs/slow_output.ts';
import { tailFile } from './jobs/tail_file.ts';
import { threeCollectors } from './jobs/three_collectors.ts';
import { twoHops } from './jobs/two_hops.ts';
import { describeTally, isWhole } from './tally.ts';

const jobs: ReadonlyMap<string, Job> = new Map([
  ['tail_file', tailFile],
  ['two_hops', twoHops],
  ['slow_output', slowOutput],
  ['three_collectors', threeCollectors],
]);
const { values } = parseArgs({
  options: {
    job: { type: 'string', default: 'tail_file' },
    lines: { type: 'string', default: '1000000' },
    kills: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
});
const job = jobs.get(values.job);
if (job === undefined) throw new Error(`the jobs are ${[...jobs.keys()].join(', ')}`);

const folder = mkdtempSync(join(tmpdir(), `millrace-${values.job}-`));
const startMs = performance.now();
const { tally, complaints } = await job({
  folder,
  lines: Number(values.lines),
  kills: Number(values.kills),
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  report: (text) => console.log(`${seconds()} s  ${text}`),
});
for (const complaint of complaints) console.log(`COMPLAINT ${complaint}`);
const isProven = isWhole(tally) && complaints.length === 0;
console.log(
  `${values.job}: ${isProven ? 'proven' : 'FAILED'}: ${describeTally(tally)}, ${seconds()} s`,
);
if (values.keep) console.log(folder);
else rmSync(folder, { recursive: true });
process.exitCode = isProven ? 0 : 1;

function seconds(): string {
  return ((performance.now() - startMs) / 1000).toFixed(1);
}
