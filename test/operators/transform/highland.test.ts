import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import test from 'node:test';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { PluginCall } from '../../../lib/plugin/define.ts';
import { operatorLaws } from '../../../lib/testing/laws/operator_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import highland from '../../../operators/transform/highland.ts';
import { planOfText } from '../../lib/plan/compared.ts';

operatorLaws(highland, { pipeline: (entries) => entries.tap(() => {}) }, { test });

const batchOf = (tag: string, ...ns: readonly number[]): EventBatch =>
  entriesBatch(
    tag,
    ns.map((n) => ({ time: new EventTime(n, 0), record: { n } })),
  );

/** What comes out of a stage for batches, and what goes to `@ERROR`. */
async function runCall({ plugin, options }: PluginCall<'operator'>, batches: EventBatch[]) {
  const context = testContext();
  async function* source() {
    yield* batches;
  }
  const operator = plugin.create(options, context);
  const given: [string, unknown][] = [];
  for await (const batch of operator(source(), new AbortController().signal)) {
    for (const { record } of batch) given.push([batch.tag, record['n'] ?? record]);
  }
  const errors = context.errors.map(({ tag, entry, cause }) => [
    tag,
    entry.record['n'],
    cause.message,
  ]);
  return { given, errors };
}

test('a pipeline gets entries with their tags, and what it gives goes on', async () => {
  const call = highland((s) =>
    s
      .filter(({ record }) => record['n'] !== 2)
      .map(({ time, tag, record }) => ({ time, tag: `${tag}.x`, record })),
  );
  const { given, errors } = await runCall(call, [batchOf('a', 1, 2), batchOf('b', 3)]);
  assert.deepEqual(given, [
    ['a.x', 1],
    ['b.x', 3],
  ]);
  assert.deepEqual(errors, []);
});

test('an entry without a tag gets that of the entry that was taken last', async () => {
  const call = highland((s) =>
    s.batch(2).map((entries) => ({
      time: new EventTime(0, 0),
      record: { n: entries.length },
    })),
  );
  const { given } = await runCall(call, [batchOf('a', 1, 2, 3), batchOf('b', 4, 5)]);
  assert.deepEqual(given, [
    ['a', 2],
    ['b', 2],
    ['b', 1],
  ]);
});

test('a batch is acknowledged when all of its entries have been taken', async () => {
  const batch = batchOf('a', 1, 2);
  await runCall(
    highland((s) => s.drop(9)),
    [batch],
  );
  assert.equal(batch.delivery.outcome?.ok, true);
});

test('what fails in the pipeline goes to @ERROR with the entry that it took last', async () => {
  const call = highland((s) =>
    s
      .consume<{ readonly time: EventTime; readonly record: { readonly n: number } }>(
        (error, entry, push, next) => {
          if (typeof entry === 'object' && 'record' in entry && entry.record['n'] === 2)
            push(new Error('no twos'));
          else push(error, entry as never);
          if (typeof entry === 'object' && 'record' in entry) next();
        },
      )
      .map((entry) => {
        if (entry.record.n === 4) throw new Error('no fours');
        return entry;
      }),
  );
  const { given, errors } = await runCall(call, [batchOf('a', 1, 2, 3, 4, 5)]);
  assert.deepEqual(
    given.map(([, n]) => n),
    [1, 3, 5],
  );
  assert.deepEqual(errors, [
    ['a', 2, 'no twos'],
    ['a', 4, 'no fours'],
  ]);
});

test('what is no entry is a fault of the entry that it was made of', async () => {
  const call = highland((s) =>
    s.map((entry) => (entry.record['n'] === 2 ? { ...entry, record: new Date() as never } : entry)),
  );
  const { given, errors } = await runCall(call, [batchOf('a', 1, 2, 3)]);
  assert.equal(given.length, 2);
  assert.deepEqual(errors, [['a', 2, 'user code gave an object that is no entry']]);
});

test('a hundred thousand entries go through without a deep stack', async () => {
  const ns = Array.from({ length: 100_000 }, (_, n) => n);
  const { given } = await runCall(
    highland((s) => s.map((entry) => entry)),
    [batchOf('a', ...ns)],
  );
  assert.equal(given.length, ns.length);
});

test('a function that gives no stream fails, saying so', async () => {
  const call = highland((() => 7) as never);
  await assert.rejects(runCall(call, [batchOf('a', 1)]), /did not give a Highland stream/);
});

test('in a configuration it says that a script can do it', async () => {
  await assert.rejects(
    planOfText('<filter>\n  @type highland\n</filter>\n<match>\n  @type null\n</match>\n'),
    /operator `highland` needs `pipeline`[\s\S]*@type script/,
  );
});

test('by hand it is a stream of batches', async () => {
  const records: unknown[] = [];
  await pipeline(
    Readable.from([batchOf('app', 1, 2, 3)]),
    highland.stream((s) => s.filter(({ record }) => record['n'] !== 2), { id: 'odd' }),
    async (batches: AsyncIterable<EventBatch>) => {
      for await (const batch of batches) {
        records.push(...batch.entries().map(({ record }) => record));
      }
    },
  );
  assert.deepEqual(records, [{ n: 1 }, { n: 3 }]);
});
