import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { openPipeline } from '../graph/pipeline.ts';
import { type PipelineSource, readPlan, type SourceSettings } from './read_plan.ts';
import { Recording } from './recording.ts';
import { type EndSettings, replaceEnds } from './replace_ends.ts';
import { seededRandom } from './seeded_random.ts';
import { TestClock } from './test_clock.ts';
import { TestRun } from './test_run.ts';

/** The world of a pipeline under test; everything may be left out. */
export interface TestWorld {
  /** A `TestClock` unless given; `systemClock` for kept ends that really connect to something. */
  readonly clock?: Clock | undefined;
  /** 0 <= random() < 1; the same numbers every time unless given. */
  readonly random?: (() => number) | undefined;
  readonly hostname?: string | undefined;
  /** UTC unless given. */
  readonly timeZone?: string | undefined;
}

/** How a pipeline is tested. */
export interface TestSettings extends TestWorld, EndSettings, SourceSettings {}

/**
 * Starts a pipeline, or a configuration, with its ends replaced: the test feeds its inputs and sees what its
 * outputs are given. Buffers, retries and time slices are real, and move with the clock.
 * @throws MillraceError with everything that is wrong with the pipeline
 */
export async function testPipeline(
  source: PipelineSource,
  settings: TestSettings = {},
): Promise<TestRun> {
  const planned = await readPlan(source, settings);
  const folder = join(tmpdir(), `millrace-test-${randomUUID()}`);
  const ends = replaceEnds(planned, settings, folder);
  const { plan } = ends;
  const { clock = new TestClock(), random = seededRandom() } = settings;
  const recording = new Recording();
  const { log, metrics, print } = recording;
  const pipeline = await openPipeline(plan, {
    clock,
    log,
    metrics,
    print,
    random,
    hostname: settings.hostname ?? 'localhost',
    timeZone: settings.timeZone ?? 'UTC',
    workerId: 0,
    lastResort: recording,
    watcher: recording,
  });
  pipeline.start();
  return new TestRun({ plan, pipeline, ends, recording, clock, folder });
}
