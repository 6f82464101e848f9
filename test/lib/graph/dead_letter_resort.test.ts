import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { EntryFailure } from '../../../lib/buffer/direct_sink.ts';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { DeadLetterResort } from '../../../lib/graph/dead_letter_resort.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { batchOf } from './doors.ts';

function resortIn(context: TestContext) {
  const outer = mkdtempSync(join(tmpdir(), 'millrace-resort-'));
  context.after(() => rmSync(outer, { recursive: true, force: true }));
  const folder = join(outer, 'worker0', 'letters');
  const resort = new DeadLetterResort(folder, new TestClock());
  const files = (): string[] => readdirSync(folder).sort();
  const lines = (): { [key: string]: unknown }[] =>
    files().flatMap((file) =>
      readFileSync(join(folder, file), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
  return { resort, outer, folder, files, lines };
}

const because = (message: string): EntryFailure => ({ stageId: 'grep', cause: new Error(message) });

test('each event is a line with its time, tag, record, plugin and reason', async (context) => {
  const { resort, lines, files } = resortIn(context);
  const time = new EventTime(1_700_000_000, 5);
  const records: EventRecord[] = [{ n: 1 }, { n: 2n ** 63n }];
  const batch = entriesBatch(
    'app',
    records.map((record) => ({ time, record })),
  );
  await resort.keep(batch, [because('odd'), because('large')]);
  assert.deepEqual(lines(), [
    {
      time: '2023-11-14T22:13:20.000000005Z',
      tag: 'app',
      record: { n: 1 },
      plugin: 'grep',
      reason: 'odd',
    },
    {
      time: '2023-11-14T22:13:20.000000005Z',
      tag: 'app',
      record: { n: 2 ** 63 },
      plugin: 'grep',
      reason: 'large',
    },
  ]);
  assert.match(files()[0] ?? '', /^1700000000000-[0-9a-f]{12}\.jsonl$/);
});

test('a time that no calendar holds does not lose its event', async (context) => {
  const { resort, lines } = resortIn(context);
  const secs = [-1, 253_402_300_800, 2 ** 52];
  await resort.keep(
    entriesBatch(
      'a',
      secs.map((sec) => ({ time: new EventTime(sec, 7), record: {} })),
    ),
    [because('odd')],
  );
  assert.deepEqual(
    lines().map(({ time }) => time),
    [
      '1969-12-31T23:59:59.000000007Z',
      '+010000-01-01T00:00:00.000000007Z',
      '4503599627370496.000000007',
    ],
  );
});

test('batches that fail at once or one after the other share a file, in order', async (context) => {
  const { resort, lines, files } = resortIn(context);
  const keep = (n: number) => resort.keep(batchOf('a', { n }), [because('odd')]);
  await Promise.all([keep(0), keep(1), keep(2)]);
  await keep(3);
  assert.equal(files().length, 1);
  assert.deepEqual(
    lines().map(({ record }) => record),
    [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }],
  );
});

test('a file that has grown large is followed by another one', async (context) => {
  const { resort, files, lines } = resortIn(context);
  const text = 'x'.repeat(9 * 1024 * 1024);
  for (const n of [0, 1, 2]) await resort.keep(batchOf('a', { n, text }), [because('odd')]);
  assert.equal(files().length, 3);
  assert.equal(lines().length, 3);
});

test('a file that somebody took away is followed by another one', async (context) => {
  const { resort, folder, lines } = resortIn(context);
  await resort.keep(batchOf('a', { n: 0 }), [because('odd')]);
  rmSync(folder, { recursive: true });
  await resort.keep(batchOf('a', { n: 1 }), [because('odd')]);
  assert.deepEqual(
    lines().map(({ record }) => record),
    [{ n: 1 }],
  );
});

test('what cannot be written is told, and the next one is tried anew', async (context) => {
  const { resort, outer, lines } = resortIn(context);
  const obstacle = join(outer, 'worker0');
  writeFileSync(obstacle, '');
  const first = resort.keep(batchOf('a', { n: 0 }), [because('odd')]);
  await assert.rejects(first, { code: 'ENOTDIR' });
  rmSync(obstacle);
  await resort.keep(batchOf('a', { n: 1 }), [because('odd')]);
  assert.equal(lines().length, 1);
});
