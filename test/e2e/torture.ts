/**
 * Proves as long as wanted that kills cost nothing: npm run torture -- --kills 300
 *
 * It runs `tail -> file` and `forward (ack) -> file` one after the other, or one job alone: `--job tail_file`,
 * `forward_file`, `two_hops`, `relay`, `slow_output` (`--seconds 60`), `fleet` (`--agents 400 --seconds 60`).
 * `--seed` repeats a plan of kills, `--lines` is the least number of lines, `--keep` leaves the folders for a look.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fleet } from './jobs/fleet.ts';
import { forwardFile } from './jobs/forward_file.ts';
import type { JobResult, JobSetup } from './jobs/job.ts';
import { relay } from './jobs/relay.ts';
import { slowOutput } from './jobs/slow_output.ts';
import { tailFile } from './jobs/tail_file.ts';
import { threeCollectors } from './jobs/three_collectors.ts';
import { twoHops } from './jobs/two_hops.ts';
import { describeTally, isWhole } from './tally.ts';

/** Not every proof is about lines. */
type Proof = (setup: JobSetup) => Promise<Pick<JobResult, 'complaints'> & Partial<JobResult>>;

const groups = 20;
const jobs: ReadonlyMap<string, Proof> = new Map<string, Proof>([
  ['tail_file', tailFile],
  ['forward_file', forwardFile],
  ['two_hops', twoHops],
  ['slow_output', slowOutput],
  ['three_collectors', threeCollectors],
  ['relay', relay],
  [
    'fleet',
    async (setup) => ({
      complaints: await fleet({ ...setup, groups, agents: Number(values.agents) }),
    }),
  ],
]);
const { values } = parseArgs({
  options: {
    job: { type: 'string', multiple: true, default: ['tail_file', 'forward_file'] },
    lines: { type: 'string', default: '100000' },
    kills: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '60' },
    agents: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
});

for (const name of values.job) {
  const job = jobs.get(name);
  if (job === undefined) throw new Error(`the jobs are ${[...jobs.keys()].join(', ')}`);
  if (!(await prove(name, job))) process.exitCode = 1;
}

async function prove(name: string, job: Proof): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), `millrace-${name}-`));
  const startMs = performance.now();
  const report = (text: string): void => {
    console.log(`${name} ${((performance.now() - startMs) / 1000).toFixed(1)} s: ${text}`);
  };
  report(`${values.kills} kills, seed ${values.seed}`);
  const { tally, complaints } = await job({
    folder,
    lines: Number(values.lines),
    kills: Number(values.kills),
    seconds: Number(values.seconds),
    seed: Number(values.seed),
    report,
  });
  for (const complaint of complaints) report(`COMPLAINT ${complaint}`);
  const isProven = complaints.length === 0 && (tally === undefined || isWhole(tally));
  const found = tally === undefined ? '' : `: ${describeTally(tally)}`;
  report(`${isProven ? 'proven' : 'FAILED'}${found}`);
  if (values.keep) console.log(folder);
  else rmSync(folder, { recursive: true });
  return isProven;
}
