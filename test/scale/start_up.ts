import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isListening, startProgram } from '../e2e/program.ts';
import { until } from '../e2e/waiting.ts';
import { type BacklogSetup, writeBacklog } from './backlog.ts';
import { type Peak, ProcessGauge } from './gauge.ts';

/** What is measured of a start on a backlog. */
export interface StartUp {
  readonly backlogBytes: number;
  /** Until its input listens. */
  readonly readyMs: number;
  /** Until then. */
  readonly startPeak: Peak;
  /** From then until every chunk was delivered and deleted. */
  readonly deliveryMs: number;
  readonly peak: Peak;
  readonly exitCode: number | null;
}

/** The system refuses the program any more descriptors. */
const openFilesLimit = 1024;

/** Starts the program on a backlog, and lets it deliver all of it. */
export async function measureStartUp(
  folder: string,
  backlog: Omit<BacklogSetup, 'folder'>,
  report: (text: string) => void,
): Promise<StartUp> {
  const buffer = join(folder, 'buffer');
  const backlogBytes = writeBacklog({ ...backlog, folder: buffer });
  report(`${backlog.chunks} ${backlog.state} chunk files, ${(backlogBytes / 1e9).toFixed(2)} GB`);
  const port = await freePort();
  const config = join(folder, 'start_up.conf');
  writeFileSync(config, configText(buffer, port));
  const startMs = performance.now();
  const limited = ['sh', '-c', `ulimit -n ${openFilesLimit} && exec "$@"`, '-'];
  const program = startProgram(['run', '-c', config], {}, limited);
  const gauge = new ProcessGauge(program.pid);
  try {
    await until('it does not listen', 300_000, () => isListening(port), 20);
    const readyMs = performance.now() - startMs;
    const startPeak = gauge.peak;
    report(`ready after ${Math.round(readyMs)} ms, ${describePeak(startPeak)}`);
    const isEmpty = (): boolean =>
      !readdirSync(buffer).some((name) => /\.(?:staged|queued)$/.test(name));
    await until('not everything is delivered', 1_800_000, isEmpty, 200);
    const deliveryMs = performance.now() - startMs - readyMs;
    const { peak } = gauge;
    report(`delivered after ${Math.round(deliveryMs)} ms more, ${describePeak(peak)}`);
    const exitCode = await program.stop();
    return { backlogBytes, readyMs, startPeak, deliveryMs, peak, exitCode };
  } finally {
    gauge.stop();
    await program.kill();
  }
}

/** A peak in words. */
export function describePeak({ residentMegabytes, openFiles }: Peak): string {
  return `${residentMegabytes} MB RSS and ${openFiles} open files at most`;
}

function configText(buffer: string, port: number): string {
  return `
<source>
  @type forward
  @id entry
  bind 127.0.0.1
  port ${port}
</source>

<match **>
  @type null
  @id sink
  <buffer tag>
    @type file
    path ${buffer}
    flush_interval 1s
    flush_thread_count 4
  </buffer>
</match>
`;
}
