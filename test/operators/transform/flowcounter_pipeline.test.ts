import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { silentLog } from '../../../lib/log.ts';
import { defineOutput } from '../../../lib/plugin/define.ts';
import { pipeline } from '../../../lib/process/embed.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import flowcounter from '../../../operators/transform/flowcounter.ts';
import { collected } from '../../lib/graph/plugins/collected.ts';
import gush from '../../lib/graph/plugins/input/gush.ts';
import keep from '../../lib/graph/plugins/output/keep.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-flowcounter-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An output whose far end can be down. */
function farEnd() {
  const state = { isUp: false, refusals: 0 };
  const plugin = defineOutput({
    type: 'far',
    doc: 'For a test.',
    options: {},
    create: () => ({
      async write() {
        if (state.isUp) return;
        state.refusals += 1;
        throw new Error('the far end is down');
      },
    }),
  });
  return { state, plugin };
}

async function advance(clock: TestClock, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 0.5) {
    clock.advance(500);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
  }
}

const sumOf = (name: string): number =>
  (collected.get(name) ?? []).reduce((sum, { record }) => sum + Number(record['count']), 0);

test('events are counted when they pass; receipts when the output has delivered, after its retries', async (t) => {
  const clock = new TestClock();
  const { state, plugin } = farEnd();
  const counting = { unit: '10s', aggregate: 'all' } as const;
  const running = await pipeline({ rootDir: folderFor(t) })
    .from(gush, { tag: 'app', count: 7 })
    .filter('**', flowcounter, { ...counting, tag: 'passed' })
    .filter('**', flowcounter, {
      ...counting,
      tag: 'delivered',
      count: 'receipts',
      outputs: ['far_end'],
    })
    .match('passed', (m) => m.to(keep, { name: 'flow.passed' }))
    .match('delivered', (m) => m.to(keep, { name: 'flow.delivered' }))
    .match((m) =>
      m.to(
        plugin,
        {},
        {
          id: 'far_end',
          buffer: { type: 'memory', flushInterval: '1s', retryWait: '1s', retryMaxInterval: '5s' },
        },
      ),
    )
    .run({ clock, log: silentLog, random: () => 0.5 });
  t.after(() => running.stop({ deadlineMs: 0 }));
  await running.finished;
  await advance(clock, 21);
  assert.deepEqual([sumOf('flow.passed'), sumOf('flow.delivered')], [7, 0]);
  assert((collected.get('flow.delivered')?.length ?? 0) >= 2);
  assert(state.refusals > 2);
  state.isUp = true;
  await advance(clock, 20);
  assert.deepEqual([sumOf('flow.passed'), sumOf('flow.delivered')], [7, 7]);
});

test('an output that nobody knows stops the start, with the name of the operator', async (t) => {
  const started = pipeline({ rootDir: folderFor(t) })
    .from(gush, { tag: 'app' })
    .filter('**', flowcounter, { count: 'receipts', outputs: ['far_and'] }, { id: 'counter' })
    .match((m) => m.to(keep, { name: 'flow.none' }, { id: 'far_end' }))
    .run({ log: silentLog });
  await assert.rejects(started, {
    code: 'MR_OPTION',
    message: '`counter`: there is no output `far_and`',
    hint: 'did you mean `far_end`?',
  });
});
