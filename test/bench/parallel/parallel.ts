/**
 * Measures what worker threads would bring to a pipeline, and what more processes bring: npm run bench:parallel
 *
 *     --works json,regexp,gzip     what is moved (see `work.ts`); default: all
 *     --lines 2000000              of about 300 bytes
 *     --count 2                    threads, and processes
 *     --rounds 3                   interleaved; medians are told
 *
 * Every way reads the same lines and writes the same bytes: alone in one thread; in one thread that hands blocks of
 * a megabyte to worker threads and writes what they give back, in order; in processes that each take their share.
 * Starting is not counted.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { textTable } from '../../../lib/cli/text_table.ts';
import { inputFile } from '../inputs.ts';
import { median } from '../statistics.ts';
import { linesOf } from './blocks.ts';
import { works } from './work.ts';

const { values } = parseArgs({
  options: {
    works: { type: 'string', default: Object.keys(works).join(',') },
    lines: { type: 'string', default: '2000000' },
    count: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
  },
});
const lines = Number(values.lines);
const count = Number(values.count);
const folder = mkdtempSync(join(tmpdir(), 'millrace-parallel-'));
/** So many blocks are with a thread at once: one that it works on, one that waits. */
const blocksAThread = 2;

type Way = (name: string, input: string, output: string) => Promise<number>;
const ways: Readonly<Record<string, Way>> = { alone, threads, processes };

try {
  const table = [['work', 'way', 'lines/s', 'in times of alone']];
  for (const name of values.works.split(',')) {
    const work = works[name];
    if (work === undefined) throw new Error(`there is no work ${name}`);
    const input = inputFile(folder, work.input, lines);
    const speeds = new Map<string, number[]>();
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const [way, run] of Object.entries(ways)) {
        const output = join(folder, way);
        const seconds = await run(name, input, output);
        speeds.set(way, [...(speeds.get(way) ?? []), lines / seconds]);
        if (round === 0 && name !== 'gzip') expectSame(way, output);
      }
    }
    const base = median(speeds.get('alone') ?? []);
    for (const [way, found] of speeds) {
      const speed = median(found);
      table.push([name, way, String(Math.round(speed)), (speed / base).toFixed(2)]);
    }
  }
  console.log(textTable(table));
} finally {
  rmSync(folder, { recursive: true });
}

async function alone(name: string, input: string, output: string): Promise<number> {
  const work = works[name]?.begin();
  const out = openSync(output, 'w');
  const began = performance.now();
  for (const block of linesOf(input, 0, 1)) writeSync(out, work?.(block) ?? block);
  return (performance.now() - began) / 1000;
}

async function threads(name: string, input: string, output: string): Promise<number> {
  // A thread does not inherit the loader of TypeScript.
  const entry = new URL('thread_child.ts', import.meta.url).href;
  const code = `import('tsx/esm/api').then(({ register }) => (register(), import('${entry}')))`;
  const workers = Array.from(
    { length: count },
    () => new Worker(code, { eval: true, workerData: name }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const out = openSync(output, 'w');
  const began = performance.now();
  const underWay: Promise<Uint8Array>[] = [];
  const takeFirst = async (): Promise<void> => {
    const made = await underWay.shift();
    if (made !== undefined) writeSync(out, made);
  };
  let next = 0;
  const waiting = workers.map((): ((made: Uint8Array) => void)[] => []);
  for (const [index, worker] of workers.entries()) {
    worker.on('message', (made: Uint8Array) => waiting[index]?.shift()?.(made));
  }
  for (const block of linesOf(input, 0, 1)) {
    const index = next % count;
    next += 1;
    underWay.push(new Promise((resolve) => waiting[index]?.push(resolve)));
    workers[index]?.postMessage(block, [block.buffer as ArrayBuffer]);
    if (underWay.length >= count * blocksAThread) await takeFirst();
  }
  while (underWay.length > 0) await takeFirst();
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return seconds;
}

async function processes(name: string, input: string, output: string): Promise<number> {
  const children = Array.from({ length: count }, (_, share) =>
    fork(join(import.meta.dirname, 'share_child.ts'), [
      ...[name, input, `${output}-${share}`, String(share), String(count)],
    ]),
  );
  await Promise.all(children.map((child) => once(child, 'message')));
  const began = performance.now();
  const ended = Promise.all(children.map((child) => once(child, 'exit')));
  for (const child of children) child.send('begin');
  const codes = await ended;
  if (codes.some(([code]) => code !== 0)) throw new Error('a process failed');
  return (performance.now() - began) / 1000;
}

/** Every way makes the same. */
function expectSame(way: string, output: string): void {
  const parts = way === 'processes' ? [...Array(count).keys()].map((each) => `-${each}`) : [''];
  const bytes = Buffer.concat(parts.map((part) => readFileSync(`${output}${part}`)));
  if (!bytes.equals(readFileSync(join(folder, 'alone')))) throw new Error(`${way} differs`);
}
