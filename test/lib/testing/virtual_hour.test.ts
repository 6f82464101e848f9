import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { encodeEntries } from '../../../lib/codec/entry_codec.ts';
import type { TaggedEntry } from '../../../lib/event/entry.ts';
import { defineOutput } from '../../../lib/plugin/define.ts';
import { pipeline } from '../../../lib/process/embed.ts';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';
import { testPipeline } from '../../../lib/testing/test_pipeline.ts';
import windowed from '../../../operators/transform/window.ts';

const place = defineOutput({
  type: 'place',
  doc: 'For tests: the kit replaces it.',
  options: {},
  create: () => ({ write: async () => {} }),
});

/** Windows of five minutes over what is counted, and slices of five minutes in both buffers. */
const metered = pipeline()
  .filter('count.**', windowed, {
    size: '5m',
    aggregate: [{ function: 'count' }, { function: 'sum', field: 'n' }],
  })
  .match('log.**', (m) =>
    m.to(
      place,
      {},
      { id: 'sliced', buffer: { chunkKeys: ['time'], timekey: '5m', timekeyWait: '1m' } },
    ),
  )
  .match((m) =>
    m.to(
      place,
      {},
      {
        id: 'counted',
        buffer: { chunkKeys: ['tag', 'time'], timekey: '5m', timekeyWait: '10s', retryWait: '2s' },
      },
    ),
  );

const eventCount = 60;

/** An hour with two events every minute; both outputs fail at random. */
async function hour(): Promise<{ readonly bytes: Buffer; readonly retries: number }> {
  const random = seededRandom(7);
  const flaky = (): void => {
    if (random() < 0.3) throw new Error('flaky');
  };
  const run = await testPipeline(metered, {
    random,
    outputs: { sliced: flaky, counted: flaky },
  });
  for (let n = 0; n < eventCount; n += 1) {
    await run.feed('log.a', { n, id: 2n ** 63n + BigInt(n) });
    await run.feed(n % 2 === 0 ? 'count.even' : 'count.odd', { n });
    await run.pass(60_000);
  }
  await run.flush();
  await run.stop();
  assert(run.clock.monotonicMs() >= 3_600_000);
  assert.deepEqual(run.errors, []);
  assert.deepEqual(await run.deadLetters(), []);
  const logged = run.events('sliced');
  const numbers = logged.map(({ record }) => Number(record['n'])).sort((one, other) => one - other);
  assert.deepEqual(numbers, [...Array(eventCount).keys()]);
  const counted = run.events('counted');
  assert.equal(sumOf(counted, 'count'), eventCount);
  assert.equal(sumOf(counted, 'sum_n'), (eventCount * (eventCount - 1)) / 2);
  const receipts = Buffer.from(
    JSON.stringify([run.receipts, run.logs.map(({ message }) => message)]),
  );
  return {
    bytes: Buffer.concat([encodeEntries(logged), encodeEntries(counted), receipts]),
    retries: run.receipts.filter(({ attempts }) => attempts > 1).length,
  };
}

function sumOf(events: readonly TaggedEntry[], field: string): number {
  return events.reduce((sum, { record }) => sum + Number(record[field]), 0);
}

test('a hundred hours with time slices, retries and windows give the same bytes', async () => {
  const hashes = new Set<string>();
  for (let n = 0; n < 100; n += 1) {
    const { bytes, retries } = await hour();
    hashes.add(createHash('sha256').update(bytes).digest('hex'));
    assert(retries > 5, `${retries} chunks were tried again`);
  }
  assert.equal(hashes.size, 1);
});
