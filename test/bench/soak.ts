/**
 * Runs at full load and watches what grows: npm run soak -- --minutes 15
 *
 *     --jobs relay,tail       default: both, one after the other, each for so long. `relay`: forward in, forward out;
 *                             `tail`: a log that is written and rotated, parsed, changed and sent on
 *     --durability fsync      or `os`
 *
 * Memory, descriptors and threads are sampled each second. After a warm-up of a quarter of the time each must rise by
 * no more than its noise, and memory and descriptors by no more than 3 (MB, files): else it fails and says what grew.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../e2e/program.ts';
import { configurations } from './configurations.ts';
import { coursesOf, type Holding } from './endurance.ts';
import { LogWriter } from './log_writer.ts';
import { startSink } from './peers/start.ts';
import { projectWords } from './run_job.ts';
import { startTrial } from './trial.ts';

const sampleMs = 1000;
const fillMs = 50;
/** Without an event for so long, it is stuck. */
const patienceMs = 60_000;
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    jobs: { type: 'string', default: 'relay,tail' },
    durability: { type: 'string', default: 'fsync' },
  },
});

for (const job of values.jobs.split(',')) {
  if (job !== 'relay' && job !== 'tail') throw new Error('the jobs are relay and tail');
  if (!(await soak(job))) process.exitCode = 1;
}

async function soak(job: 'relay' | 'tail'): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), `millrace-soak-${job}-`));
  mkdirSync(join(folder, 'own'));
  const sink = await startSink();
  const writer = job === 'tail' ? new LogWriter(folder) : undefined;
  try {
    const inPort = await freePort();
    const durability = values.durability === 'os' ? 'os' : 'fsync';
    const place = { folder: join(folder, 'own'), input: writer?.path ?? '', durability } as const;
    const file = join(folder, 'millrace.conf');
    const configure = job === 'tail' ? configurations.tailParsedForward : configurations.relay;
    writeFileSync(file, configure({ ...place, inPort, outPort: sink.port }));
    const load = {
      kind: 'forward',
      port: inPort,
      events: undefined,
      eventsAMessage: 1000,
      connections: 2,
      mode: 'packed',
      tags: 1,
    } as const;
    const running = await startTrial({
      processes: [
        { words: projectWords(file), folder: place.folder, load: writer ? undefined : load },
      ],
      sink,
      expected: Number.POSITIVE_INFINITY,
    });
    const samples: Holding[] = [];
    const startMs = performance.now();
    const endMs = startMs + Number(values.minutes) * 60_000;
    let progress = { events: 0, ms: startMs };
    for (let now = startMs; now < endMs; now = performance.now()) {
      const events = running.events();
      if (events > progress.events) progress = { events, ms: now };
      writer?.fill(events);
      const isStuck = now - progress.ms > patienceMs;
      const fault = running.fault() ?? (isStuck ? 'no event for a minute' : undefined);
      if (fault !== undefined) throw new Error(`after ${events} events: ${fault}`);
      if (now >= startMs + samples.length * sampleMs) {
        const { residentBytes, threads } = running.account.look();
        const openFiles = running.account.openFiles();
        const seconds = (now - startMs) / 1000;
        samples.push({ seconds, megabytes: residentBytes / 1e6, openFiles, threads });
        if (samples.length % 60 === 0) console.error(`${job}: ${describe(samples.at(-1), events)}`);
      }
      await wait(fillMs);
    }
    await running.stop();
    return judge(job, samples, progress.events);
  } finally {
    writer?.close();
    sink.stop();
    rmSync(folder, { recursive: true });
  }
}

function judge(job: string, samples: readonly Holding[], events: number): boolean {
  const courses = coursesOf(samples);
  console.log(`${job}: ${describe(samples.at(-1), events)}`);
  for (const { what, slope, noise } of courses) {
    console.log(`${job}: ${what}: ${slope.toFixed(2)} ± ${noise.toFixed(2)} an hour`);
  }
  const grown = courses.filter(({ grows }) => grows);
  const named = grown.map(({ what, rise }) => `${rise.toFixed(1)} ${what} more`).join(', ');
  // A short run proves little, and says so.
  const bounds = courses.map(({ what, slope, noise }) => `${Math.ceil(slope + noise)} ${what}`);
  const proof = `proven: no growth is seen, and by the hour it is less than ${bounds.join(', ')}`;
  console.log(`${job}: ${grown.length === 0 ? proof : `GREW: ${named}`}`);
  return grown.length === 0;
}

function describe(sample: Holding | undefined, events: number): string {
  if (sample === undefined) return 'nothing';
  const { seconds, megabytes, openFiles, threads } = sample;
  const rate = Math.round(events / seconds);
  return `${Math.round(seconds)} s, ${events} events (${rate} a second), ${Math.round(megabytes)} MB, ${openFiles} open files, ${threads} threads`;
}
