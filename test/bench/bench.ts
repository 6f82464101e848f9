/**
 * Measures what events cost, beside programs that do the least that plain Node must do: npm run bench
 *
 *     --jobs tail-json-file,relay    default: all
 *     --subjects floor,os            `floor`, `os`, `fsync`, `two` (two processes); default: the first two, and
 *                                    for the four main jobs all
 *     --events 1000000 --rounds 3
 *     --folder FOLDER                where inputs stay for the next time; default: a new one, deleted at the end
 *     --json                         results as JSON, progress on standard error
 *     --guard                        short rounds of the main jobs; fails when one has become clearly slower
 *     --record                       the same, and what it sees is recorded for the guard
 *
 * It runs the build. CPU time is that of the whole process tree, start included. Every output is checked to be
 * complete, and files to hold what the plainest program makes of the input.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildFloors } from './floor_build.ts';
import { judgeRatios, type Recorded } from './guard.ts';
import { type Job, jobs } from './jobs.ts';
import { resultsTable } from './results_table.ts';
import { type Result, runRounds } from './rounds.ts';
import { type Bench, eventsStep } from './run_job.ts';
import { type Subject, subjects } from './subjects.ts';

const recordedFile = join(import.meta.dirname, 'recorded.json');
const { values } = parseArgs({
  options: {
    jobs: { type: 'string' },
    subjects: { type: 'string' },
    events: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string' },
    json: { type: 'boolean', default: false },
    guard: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});
const folder = resolve(values.folder ?? mkdtempSync(join(tmpdir(), 'millrace-bench-')));
mkdirSync(folder, { recursive: true });
const report = (text: string): void => console.error(text);
const bench: Bench = {
  folder,
  floors: buildFloors(folder),
  events: Math.ceil(Number(values.events) / eventsStep) * eventsStep,
};
try {
  if (values.guard || values.record) await guard();
  else await compareAll();
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true });
}

async function compareAll(): Promise<void> {
  const results: Result[] = [];
  for (const job of chosen(jobs, values.jobs)) {
    const each =
      values.subjects === undefined ? usualSubjects(job) : chosen(subjects, values.subjects);
    results.push(...(await runRounds(job, each, Number(values.rounds), bench, report)));
  }
  if (values.json) console.log(JSON.stringify(results, undefined, 2));
  else process.stdout.write(resultsTable(results));
}

async function guard(): Promise<void> {
  const recorded: Recorded = JSON.parse(readFileSync(recordedFile, 'utf8'));
  const main = jobs.filter(({ isMain }) => isMain);
  const ratios = await ratiosOf(main, recorded);
  if (values.record) {
    writeFileSync(recordedFile, `${JSON.stringify({ ...recorded, ratios }, undefined, 2)}\n`);
    return;
  }
  // What something else on the machine has slowed down is not slow when it is asked again.
  const doubtful = main.filter(
    ({ name }) => judgeRatios(recorded.ratios, pick(ratios, name)).length > 0,
  );
  const again = doubtful.length === 0 ? {} : await ratiosOf(doubtful, recorded);
  const faults = judgeRatios(recorded.ratios, again);
  for (const fault of faults) console.log(`SLOWER ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}

/** What each job takes, in times of its floor. */
async function ratiosOf(
  chosenJobs: readonly Job[],
  { events, rounds }: Recorded,
): Promise<Record<string, number>> {
  const results: Result[] = [];
  for (const job of chosenJobs) {
    const pair = chosen(subjects, 'floor,os');
    results.push(...(await runRounds(job, pair, rounds, { ...bench, events }, report)));
  }
  process.stdout.write(resultsTable(results));
  return Object.fromEntries(
    results
      .filter(({ subject }) => subject === 'os')
      .map(({ job, ratio = Number.NaN }) => [job, Number(ratio.toFixed(2))]),
  );
}

function pick(ratios: Readonly<Record<string, number>>, job: string): Record<string, number> {
  return { [job]: ratios[job] ?? Number.NaN };
}

function usualSubjects({ isMain }: Job): readonly Subject[] {
  return isMain ? subjects : chosen(subjects, 'floor,os');
}

function chosen<T extends { readonly name: string }>(
  all: readonly T[],
  names?: string,
): readonly T[] {
  if (names === undefined) return all;
  return names.split(',').map((name) => {
    const found = all.find((each) => each.name === name);
    if (found !== undefined) return found;
    throw new Error(`no \`${name}\`: there are ${all.map((each) => each.name).join(', ')}`);
  });
}
