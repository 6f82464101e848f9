import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../e2e/program.ts';
import { type Content, expectedContent, writtenContent } from './content.ts';
import { lineForms } from './floor/forms.ts';
import type { FloorTask } from './floor/task.ts';
import { inputFile } from './inputs.ts';
import { httpConnections, httpRecords, type Job } from './jobs.ts';
import type { Load } from './peers/setup.ts';
import { type Sink, startSink } from './peers/start.ts';
import type { Subject } from './subjects.ts';
import { type Figures, measure, type TrialProcess } from './trial.ts';

/** Where the jobs run and how much they do. */
export interface Bench {
  readonly folder: string;
  /** The compiled floor programs. */
  readonly floors: string;
  /** A multiple of `eventsStep`. */
  readonly events: number;
}

/** Every load is a whole number of messages, whether one or two processes share it. */
export const eventsStep = 2000;
const eventsAMessage = 1000;
const senders = 2;
const built = join(import.meta.dirname, '../../dist/lib/cli/main.js');

const expectations = new Map<string, Promise<Content>>();

/** Has a subject do a job once. @throws Error when the output is not what it must be. */
export async function runJob(job: Job, subject: Subject, bench: Bench): Promise<Figures> {
  const folder = join(bench.folder, `${job.name}-${subject.name}`);
  rmSync(folder, { recursive: true, force: true });
  const sink = job.exit === 'forward' ? await startSink() : undefined;
  try {
    const events = bench.events / subject.processes;
    const parts = await Promise.all(
      Array.from({ length: subject.processes }, async (_, index) => {
        const own = join(folder, String(index));
        mkdirSync(join(own, 'out'), { recursive: true });
        const input = job.input && inputFile(bench.folder, job.input, events, index + 1);
        return { folder: own, input: input ?? '', inPort: await freePort() };
      }),
    );
    const contents = await Promise.all(parts.map(({ input }) => expected(job, input)));
    const lines = contents.reduce((sum, content) => sum + (content?.lines ?? events), 0);
    const processes = parts.map((part) =>
      processOf(job, subject, { ...part, outPort: sink?.port ?? 0, events }, bench.floors),
    );
    const figures = await measure({ processes, sink, expected: lines });
    const arrived = sink?.events() ?? lines;
    if (arrived > lines) throw new Error(`${job.name}: ${arrived} events, not ${lines}`);
    for (const [index, content] of contents.entries()) {
      await compare(job, join(folder, String(index), 'out'), content);
    }
    rmSync(folder, { recursive: true });
    // What was dropped was work as well.
    return { ...figures, events: bench.events };
  } finally {
    sink?.stop();
  }
}

/** The arguments of Node that run a configuration. */
export function projectWords(configuration: string): string[] {
  if (!existsSync(built)) throw new Error('there is no build: npm run build');
  return [built, 'run', '-c', configuration];
}

interface Part {
  readonly folder: string;
  readonly input: string;
  readonly inPort: number;
  readonly outPort: Sink['port'];
  readonly events: number;
}

function processOf(job: Job, subject: Subject, part: Part, floors: string): TrialProcess {
  const { folder } = part;
  const load = loadOf(job, part);
  if (subject.kind === 'floor') {
    const task: FloorTask = { ...part, form: job.form };
    return { words: [join(floors, `${job.floor}.js`), JSON.stringify(task)], folder, load };
  }
  const configuration = join(folder, 'millrace.conf');
  writeFileSync(configuration, job.configuration({ ...part, durability: subject.durability }));
  return { words: projectWords(configuration), folder, load };
}

function loadOf({ entrance }: Job, { inPort: port, input, events }: Part): Load | undefined {
  if (entrance === 'tail') return undefined;
  if (entrance === 'http') {
    const connections = httpConnections;
    return { kind: 'http', port, input, eventsARequest: httpRecords, connections };
  }
  const mode = entrance === 'message' ? 'message' : 'packed';
  return { kind: 'forward', port, events, eventsAMessage, connections: senders, mode, tags: 1 };
}

function expected(job: Job, input: string): Promise<Content> | undefined {
  const change = job.exit === 'file' ? lineForms[job.form] : undefined;
  if (change === undefined) return undefined;
  const key = `${job.name} ${input}`;
  const known = expectations.get(key) ?? expectedContent(input, change, laneOf(job));
  expectations.set(key, known);
  return known;
}

async function compare(job: Job, folder: string, content: Content | undefined): Promise<void> {
  if (content === undefined) return;
  const { lines, digest } = await writtenContent(folder, laneOf(job));
  if (lines === content.lines && digest === content.digest) return;
  throw new Error(`${job.name}: the output is not what the plain way gives, see ${folder}`);
}

function laneOf(job: Job) {
  return job.laneOf ?? (() => '');
}
