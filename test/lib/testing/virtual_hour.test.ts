import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import { encodeEntries } from '../../../lib/codec/entry_codec.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { Delivery } from '../../../lib/event/delivery.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { duration } from '../../../lib/option/declare.ts';
import { defineOperator, defineOutput } from '../../../lib/plugin/define.ts';
import { pipeline } from '../../../lib/process/embed.ts';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';
import { testPipeline } from '../../../lib/testing/test_pipeline.ts';

/** Counts the events of each tag and gives the counts at the end of every stretch of the clock. */
const tally = defineOperator({
  type: 'tally',
  doc: 'For tests.',
  options: { every: duration({ doc: 'The length of a stretch.', default: 60_000 }) },
  create: ({ every }, { clock }) =>
    async function* (source) {
      const given: EventBatch[] = [];
      const held = new Map<string, { count: number; readonly deliveries: Delivery[] }>();
      const give = (): void => {
        const { sec, nsec } = clock.now();
        for (const [tag, { count, deliveries }] of held) {
          const entry = { time: new EventTime(sec, nsec), record: { count } };
          given.push(entriesBatch(tag, [entry], { delivery: Delivery.join(deliveries) }));
        }
        held.clear();
      };
      let wake = (): void => {};
      let isOver = false;
      let timer = clock.after(every, function tick() {
        give();
        timer = clock.after(every, tick);
        wake();
      });
      const read = async (): Promise<void> => {
        for await (const batch of source) {
          const entry = held.get(batch.tag) ?? { count: 0, deliveries: [] };
          entry.count += batch.count;
          entry.deliveries.push(batch.delivery);
          held.set(batch.tag, entry);
        }
        isOver = true;
        timer.cancel();
        give();
        wake();
      };
      const reading = read();
      while (!isOver || given.length > 0) {
        yield* given.splice(0);
        if (isOver) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      await reading;
    },
});

const place = defineOutput({
  type: 'place',
  doc: 'For tests: the kit replaces it.',
  options: {},
  create: () => ({ write: async () => {} }),
});

const metered = pipeline()
  .filter('count.**', tally, { every: '1m' })
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
        buffer: { chunkKeys: ['tag', 'time'], timekey: '1m', timekeyWait: '10s', retryWait: '2s' },
      },
    ),
  );

/** An hour of events, one of each kind every half minute; both outputs fail at random. */
async function hour(): Promise<{ readonly bytes: Buffer; readonly retries: number }> {
  const random = seededRandom(7);
  const flaky = (): void => {
    if (random() < 0.3) throw new Error('flaky');
  };
  const run = await testPipeline(metered, {
    random,
    outputs: { sliced: flaky, counted: flaky },
  });
  for (let n = 0; n < 120; n += 1) {
    await run.feed('log.a', { n, id: 2n ** 63n + BigInt(n) });
    await run.feed(n % 2 === 0 ? 'count.even' : 'count.odd', { n });
    await run.pass(30_000);
  }
  await run.stop();
  assert.equal(run.clock.monotonicMs() >= 3_600_000, true);
  assert.deepEqual(run.errors, []);
  assert.deepEqual(await run.deadLetters(), []);
  const logged = run.events('sliced');
  assert.equal(logged.length, 120);
  assert.equal(new Set(logged.map(({ record }) => record['n'])).size, 120);
  const counted = run.events('counted');
  const sum = counted.reduce((total, { record }) => total + Number(record['count']), 0);
  assert.equal(sum, 120);
  const receipts = Buffer.from(JSON.stringify([run.receipts, run.logs.map(String)]));
  return {
    bytes: Buffer.concat([encodeEntries(logged), encodeEntries(counted), receipts]),
    retries: run.receipts.filter(({ attempts }) => attempts > 1).length,
  };
}

test('a hundred hours with time slices, retries and windows are the same bytes, and take less than a second each', async () => {
  const hashes = new Set<string>();
  const tookMs: number[] = [];
  for (let n = 0; n < 100; n += 1) {
    const began = performance.now();
    const { bytes, retries } = await hour();
    tookMs.push(performance.now() - began);
    hashes.add(createHash('sha256').update(bytes).digest('hex'));
    assert(retries > 5, `${retries} chunks were tried again`);
  }
  assert.equal(hashes.size, 1);
  const medianMs = tookMs.sort((one, other) => one - other)[50] ?? 0;
  assert(medianMs < 1000, `${medianMs} ms`);
});
