import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { compile } from '../../../lib/config/compile.ts';
import { parseConfig } from '../../../lib/config/parse.ts';
import { MillraceError } from '../../../lib/error.ts';
import { openPipeline, type Pipeline } from '../../../lib/graph/pipeline.ts';
import { createLog, type LogLine } from '../../../lib/log.ts';
import { MetricRegistry } from '../../../lib/metric/metric.ts';
import { Catalog } from '../../../lib/plugin/catalog.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { collected, outcomes } from './plugins/collected.ts';

const catalog = new Catalog([join(import.meta.dirname, 'plugins')]);

interface Opened {
  readonly pipeline: Pipeline;
  readonly lines: LogLine[];
  readonly metrics: MetricRegistry;
  readonly folder: string;
}

/** A pipeline of a configuration, stopped and removed when the test ends. */
async function open(t: TestContext, text: string, clock: Clock = systemClock): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-pipeline-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const system = `<system>\n  root_dir ${folder}\n</system>\n`;
  const { root, faults } = parseConfig(system + text, 'app.conf', {
    env: {},
    hostname: 'localhost',
    workerId: 0,
    readFile: () => '',
    glob: () => [],
  });
  const compiled = await compile(root, { catalog });
  assert.deepEqual([...faults, ...compiled.faults], []);
  assert(compiled.plan !== undefined);
  const lines: LogLine[] = [];
  const metrics = new MetricRegistry();
  const pipeline = await openPipeline(compiled.plan, {
    clock,
    log: createLog((line) => lines.push(line), 'debug'),
    metrics,
    hostname: 'localhost',
    workerId: 0,
    random: () => 0.5,
    timeZone: 'UTC',
    print: () => undefined,
  });
  t.after(() => pipeline.stop());
  return { pipeline, lines, metrics, folder };
}

const gush = (tag: string, label = ''): string =>
  `<source>\n  @type gush\n  tag ${tag}\n  ${label}\n</source>\n`;
const keep = (pattern: string, name: string): string =>
  `<match ${pattern}>\n  @type keep\n  name ${name}\n</match>\n`;
const numbers = (name: string): unknown[] =>
  (collected.get(name) ?? []).map(({ record }) => record['n']);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Moves the clock on as long as something is not over. */
async function moveUntil(clock: TestClock, over: Promise<void>): Promise<number> {
  let isOver = false;
  over.then(() => {
    isOver = true;
  });
  const beganMs = clock.monotonicMs();
  for (;;) {
    for (let n = 0; n < 20 && !isOver; n += 1) await tick();
    if (isOver) return clock.monotonicMs() - beganMs;
    clock.advance(100);
  }
}

async function runOut(pipeline: Pipeline): Promise<void> {
  pipeline.start();
  await pipeline.finished;
  await pipeline.stop();
}

test('events flow from inputs through labels to outputs, and their sources hear of it', async (t) => {
  const { pipeline, metrics } = await open(
    t,
    `${gush('flow.a')}${gush('flow.b', '@label @B')}${keep('flow.*', 'flow.root')}<label @B>\n${keep('**', 'flow.label')}</label>\n`,
  );
  await runOut(pipeline);
  assert.deepEqual(numbers('flow.root'), upTo(10));
  assert.deepEqual(numbers('flow.label'), upTo(10));
  assert.deepEqual(outcomes.get('flow.a'), Array(10).fill(true));
  assert.equal(metrics.read('millrace_input_events_total', { input: 'input_gush' }), 10);
  const delivered = metrics.read('millrace_output_delivered_events_total', {
    output: 'output_keep',
  });
  assert.equal(delivered, 10);
});

test('an input that fails takes no other node down', async (t) => {
  const { pipeline, lines } = await open(
    t,
    `<source>\n  @type bad_input\n</source>\n${gush('besides')}${keep('**', 'besides')}`,
  );
  pipeline.start();
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (numbers('besides').length === 10) resolve();
      else setImmediate(look);
    };
    look();
  });
  await pipeline.stop();
  const line = lines.find(({ message }) => message.includes('an input failed'));
  assert.equal(line?.fields['id'], 'input_bad_input');
});

test('an output that fails nacks its batches, and the other outputs get theirs', async (t) => {
  const { pipeline } = await open(
    t,
    `${gush('fails.a')}${gush('fails.b')}<match fails.a>\n  @type keep\n  name fails.a\n  fails true\n</match>\n${keep('**', 'fails.b')}`,
  );
  await runOut(pipeline);
  assert.deepEqual(outcomes.get('fails.a'), Array(10).fill(false));
  assert.deepEqual(numbers('fails.b'), upTo(10));
});

test('a full buffer does not hold up the stop: what waits for room is nacked', async (t) => {
  const { pipeline } = await open(
    t,
    `${gush('full')}<match **>\n  @type keep\n  name full\n  fails true\n  <buffer>\n    total_limit_size 60\n    overflow_action block\n    flush_mode immediate\n    flush_at_shutdown false\n  </buffer>\n</match>\n`,
  );
  pipeline.start();
  await new Promise((resolve) => setImmediate(resolve));
  await pipeline.stop();
  const settled = outcomes.get('full') ?? [];
  assert.equal(settled.at(-1), false);
  assert(settled.includes(true));
});

test('an overflow is never acknowledged and never goes to @ERROR, whether there is one or not', async (t) => {
  const full = (name: string) =>
    `${gush(name)}<match **>\n  @type keep\n  name ${name}\n  fails true\n  <buffer>\n    total_limit_size 60\n    flush_at_shutdown false\n  </buffer>\n</match>\n`;
  const errors = `<label @ERROR>\n${keep('**', 'overflow.errors')}</label>\n`;
  const outcomesOf = async (name: string, more: string): Promise<readonly boolean[]> => {
    const { pipeline } = await open(t, full(name) + more);
    pipeline.start();
    await pipeline.finished;
    return outcomes.get(name) ?? [];
  };
  const without = await outcomesOf('overflow.bare', '');
  const withLabel = await outcomesOf('overflow.labelled', errors);
  assert.deepEqual([without[0], without.at(-1), without.length], [true, false, 10]);
  assert.deepEqual(withLabel, without);
  assert.deepEqual(numbers('overflow.errors'), []);
});

test('what a filter throws on goes to @ERROR, and the rest to its output', async (t) => {
  const { pipeline } = await open(
    t,
    `${gush('picky')}<filter **>\n  @type picky\n</filter>\n${keep('**', 'picky.good')}<label @ERROR>\n${keep('**', 'picky.bad')}</label>\n`,
  );
  await runOut(pipeline);
  assert.deepEqual(numbers('picky.good'), [0, 2, 4, 6, 8]);
  assert.deepEqual(numbers('picky.bad'), [1, 3, 5, 7, 9]);
  assert.deepEqual(outcomes.get('picky'), Array(10).fill(true));
});

test('an error at or below @ERROR becomes a dead letter with its reason', async (t) => {
  const { pipeline, folder } = await open(
    t,
    `${gush('circle')}<filter **>\n  @type picky\n</filter>\n${keep('**', 'circle.good')}<label @ERROR>\n<filter **>\n  @type picky\n</filter>\n${keep('**', 'circle.bad')}</label>\n`,
  );
  await runOut(pipeline);
  assert.deepEqual(numbers('circle.bad'), []);
  const letters = join(folder, 'worker0', '@ERROR', 'dead_letter');
  const records = readdirSync(letters)
    .flatMap((file) => readFileSync(join(letters, file), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line));
  assert.deepEqual(records.map(({ record }) => record.n).sort(), [1, 3, 5, 7, 9]);
  assert.equal(records[0].reason, 'odd');
  assert.equal(records[0].plugin, 'filter_picky_2');
});

test('what an operator throws on goes to @ERROR; what is behind it and other tags flow on', async (t) => {
  const { pipeline } = await open(
    t,
    `${gush('quits')}${gush('stays')}<filter quits>\n  @type quitter\n</filter>\n${keep('quits', 'quits')}${keep('stays', 'stays')}<label @ERROR>\n${keep('**', 'quits.bad')}</label>\n`,
  );
  await runOut(pipeline);
  assert.deepEqual(numbers('stays'), upTo(10));
  assert.deepEqual(
    numbers('quits'),
    upTo(10).filter((n) => n !== 4),
  );
  assert.deepEqual(numbers('quits.bad'), [4]);
  assert.deepEqual(outcomes.get('quits'), Array(10).fill(true));
});

test('a route that throws sends its batches to @ERROR', async (t) => {
  const { pipeline } = await open(
    t,
    `${gush('lost')}<match **>\n  @type lost\n  <store>\n    @type keep\n    name lost.never\n  </store>\n</match>\n<label @ERROR>\n${keep('**', 'lost.found')}</label>\n`,
  );
  await runOut(pipeline);
  assert.deepEqual(numbers('lost.found'), upTo(10));
});

test('copies reach every store, and a store that fails does not stop the others', async (t) => {
  const { pipeline } = await open(
    t,
    `${gush('copied')}<match **>\n  @type copy\n  <store>\n    @type keep\n    name copied.a\n  </store>\n  <store ignore_error>\n    @type keep\n    name copied.b\n    fails true\n  </store>\n</match>\n`,
  );
  await runOut(pipeline);
  assert.deepEqual(numbers('copied.a'), upTo(10));
  assert.deepEqual(outcomes.get('copied'), Array(10).fill(true));
});

test('own log lines of warnings reach @FLUENT_LOG', async (t) => {
  const { pipeline } = await open(
    t,
    `${gush('nobody.wants')}${keep('somebody', 'never')}<label @FLUENT_LOG>\n${keep('fluent.warn', 'own.log')}</label>\n`,
  );
  pipeline.start();
  await pipeline.finished;
  await new Promise((resolve) => setImmediate(resolve));
  await pipeline.stop();
  const messages = collected.get('own.log')?.map(({ record }) => record['message']);
  assert(messages?.includes('no <match> for a tag; its events are dropped'));
});

test('a plugin that cannot be made stops the start with its id and place', async (t) => {
  await assert.rejects(open(t, `<match **>\n  @type unmakeable\n</match>\n`), (error) => {
    assert(error instanceof MillraceError);
    assert.equal(error.message, '`output_unmakeable`: these options do not fit together');
    assert.equal(error.at?.line, 4);
    return true;
  });
});

test('a line that cannot be delivered to @FLUENT_LOG does not give rise to another one', async (t) => {
  const { pipeline, lines } = await open(
    t,
    `${gush('unwanted')}${keep('wanted', 'never')}<label @FLUENT_LOG>\n<match fluent.warn>\n  @type keep\n  name loud\n  fails true\n</match>\n</label>\n`,
  );
  pipeline.start();
  await pipeline.finished;
  for (let n = 0; n < 100; n += 1) await tick();
  const failed = lines.filter(({ message }) => message === 'an event batch could not be written');
  const warned = lines.filter(({ level }) => level === 'warn');
  assert(failed.length > 0 && failed.length <= warned.length);
});

test('what an operator holds is asked of it when inputs wait for it, long before the deadline', async (t) => {
  const clock = new TestClock();
  const { pipeline, lines } = await open(
    t,
    `<source>\n  @type patient\n  tag hoarded\n</source>\n<filter **>\n  @type hoard\n</filter>\n${keep('**', 'hoarded')}`,
    clock,
  );
  pipeline.start();
  await tick();
  assert((await moveUntil(clock, pipeline.stop())) < 5000);
  assert.deepEqual(numbers('hoarded'), upTo(10));
  assert.deepEqual(outcomes.get('hoarded'), Array(10).fill(true));
  assert.deepEqual(
    lines.filter(({ level }) => level === 'warn'),
    [],
  );
});

test('with `ack delivered`, a stop flushes what inputs wait for, and no other buffer', async (t) => {
  const clock = new TestClock();
  const buffered = (pattern: string, id: string): string =>
    `<match ${pattern}>\n  @type keep\n  @id ${id}\n  name ${id}\n  <buffer>\n    @type file\n    flush_interval 60s\n  </buffer>\n</match>\n`;
  const { pipeline } = await open(
    t,
    `<source>\n  @type patient\n  tag awaited\n  ack delivered\n  @label @A\n</source>\n${gush('left')}${buffered('**', 'left')}<label @A>\n${buffered('**', 'awaited')}</label>\n`,
    clock,
  );
  pipeline.start();
  await tick();
  const stopping = pipeline.stop();
  clock.advance(1000);
  await stopping;
  assert.deepEqual(numbers('awaited'), upTo(10));
  assert.deepEqual(outcomes.get('awaited'), Array(10).fill(true));
  assert.deepEqual(outcomes.get('left'), Array(10).fill(true));
  assert.deepEqual(numbers('left'), []);
});

test('what an operator gives at its end passes those in the labels behind it', async (t) => {
  const { pipeline } = await open(
    t,
    `${gush('chained', '@label @A')}<label @B>\n<filter **>\n  @type hoard\n</filter>\n${keep('**', 'chained')}</label>\n<label @A>\n<filter **>\n  @type hoard\n</filter>\n<match **>\n  @type relabel\n  @label @B\n</match>\n</label>\n`,
  );
  await runOut(pipeline);
  assert.deepEqual(numbers('chained'), upTo(10));
  assert.deepEqual(outcomes.get('chained'), Array(10).fill(true));
});

test('an output that hangs does not keep the pipeline from stopping in time', async (t) => {
  const clock = new TestClock();
  const { pipeline } = await open(
    t,
    `${gush('hung')}<match **>\n  @type keep\n  name hung\n  hangs true\n</match>\n`,
    clock,
  );
  pipeline.start();
  await tick();
  assert((await moveUntil(clock, pipeline.stop({ deadlineMs: 3000 }))) <= 3100);
  assert.deepEqual(new Set(outcomes.get('hung')), new Set([false]));
});

test('an input that hangs leaves the outputs a third of the time', async (t) => {
  const clock = new TestClock();
  const { pipeline, lines } = await open(
    t,
    `<source>\n  @type patient\n  tag forgotten\n</source>\n<filter **>\n  @type black_hole\n</filter>\n${keep('**', 'forgotten')}`,
    clock,
  );
  pipeline.start();
  await tick();
  const tookMs = await moveUntil(clock, pipeline.stop({ deadlineMs: 30_000 }));
  assert(tookMs >= 20_000 && tookMs < 21_000, `${tookMs}`);
  assert(lines.some(({ message }) => message === 'an input did not stop in time'));
});

test('an operator whose options do not fit together stops the start', async (t) => {
  const text = `<filter **>\n  @type hoard\n  is_possible false\n</filter>\n${keep('**', 'never')}`;
  await assert.rejects(open(t, text), /`operator_hoard`: this cannot be/);
});
