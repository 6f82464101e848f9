import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, isListening, startProgram } from '../program.ts';
import { Sender } from '../sender.ts';
import { describeTally, isWhole, tallyFolder } from '../tally.ts';
import { until } from '../waiting.ts';
import type { Job } from './job.ts';

const plugins = join(import.meta.dirname, '../plugins');
const limitBytes = 4 * 1024 * 1024;
/** What the sockets, the input and one message may hold besides the buffer. */
const slackBytes = 16 * 1024 * 1024;
const lineBytes = 70;

/**
 * An output that takes ten events a second, behind a buffer that blocks: for `seconds` one client sends to it at full
 * speed and another one to a fast output. Then the slow output becomes fast, and everything must arrive.
 */
export const slowOutput: Job = async ({ folder, seconds, report }) => {
  const complaints: string[] = [];
  for (const name of ['slow', 'fast']) mkdirSync(join(folder, name), { recursive: true });
  const port = await freePort();
  const config = join(folder, 'slow_output.conf');
  writeFileSync(config, configText(folder, port));
  const program = startProgram(['run', '-c', config, '-p', plugins]);
  await until('it does not listen', 20_000, () => isListening(port));

  const slow = new Sender(port, 'slow.app');
  const fast = new Sender(port, 'fast.app', 20_000);
  slow.start();
  fast.start();
  const memory: number[] = [];
  const arrived: number[] = [];
  const taken: number[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    await wait(1000);
    memory.push(residentMegabytes(program.pid));
    taken.push(slow.sent);
    arrived.push(fast.sent);
    if (second % 10 === 0 || second === seconds) {
      report(`${second} s: ${memory.at(-1)} MB, slow took ${slow.sent}, fast took ${fast.sent}`);
    }
  }
  complaints.push(...judgeMemory(memory), ...judgeFlow(arrived, taken));

  writeFileSync(join(folder, 'be_fast'), '');
  await Promise.all([slow.stop(), fast.stop()]);
  for (const [name, { sent }] of [
    ['slow', slow],
    ['fast', fast],
  ] as const) {
    const out = join(folder, name);
    await until(`${name}: not every line is there`, 60_000, () => {
      return tallyFolder(out, sent).missing.length === 0;
    }).catch((error: Error) => complaints.push(error.message));
    const tally = tallyFolder(out, sent);
    report(`${name}: ${describeTally(tally)}`);
    if (!isWhole(tally)) complaints.push(`${name}: ${describeTally(tally)}`);
  }
  const code = await program.stop();
  if (code !== 0) complaints.push(`it stopped with ${code}: ${program.output().slice(-2000)}`);
  return { tally: tallyFolder(join(folder, 'slow'), slow.sent), complaints };
};

/** Memory may grow while buffers fill, in the first third; then it stays. */
function judgeMemory(memory: readonly number[]): string[] {
  const third = Math.ceil(memory.length / 3);
  const early = Math.max(...memory.slice(0, third));
  const late = Math.max(...memory.slice(third));
  return late > early * 1.15 + 10 ? [`memory grew from ${early} MB to ${late} MB`] : [];
}

function judgeFlow(fast: readonly number[], slow: readonly number[]): string[] {
  const complaints: string[] = [];
  const isStuck = fast.some((sent, second) => second > 0 && sent === fast[second - 1]);
  if (isStuck) complaints.push('the fast tag stood still for a second');
  const most = (limitBytes + slackBytes) / lineBytes;
  const last = slow.at(-1) ?? 0;
  if (last > most) complaints.push(`the sender of the slow tag was not slowed: it sent ${last}`);
  return complaints;
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
}

function configText(folder: string, port: number): string {
  return `
<source>
  @type forward
  @id entry
  bind 127.0.0.1
  port ${port}
</source>

<match slow.**>
  @type slow
  @id slow
  path ${folder}/slow/lines.log
  fast_when ${folder}/be_fast
  <buffer>
    @type memory
    total_limit_size ${limitBytes}
    chunk_limit_size 16k
    flush_mode interval
    flush_interval 100ms
    overflow_action block
  </buffer>
</match>

<match fast.**>
  @type file
  @id fast
  path ${folder}/fast/lines
  append true
  <format>
    @type json
  </format>
  <buffer>
    @type file
    path ${folder}/fast_buffer
    flush_mode interval
    flush_interval 200ms
  </buffer>
</match>
`;
}
