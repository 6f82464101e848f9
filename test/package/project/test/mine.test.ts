import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  event,
  expectEvents,
  filterLaws,
  operatorLaws,
  testFilter,
  testOperator,
  testPipeline,
} from 'millrace/testing';
import { entries } from 'millrace/testing/arbitraries';
import { accessLog } from '../src/access_log.js';
import gap from '../src/gap.js';
import mask from '../src/mask.js';

filterLaws(mask, { fields: ['user'] }, { test, samples: [event('web', { user: 'alice' })] });
operatorLaws(gap, {}, { test });

test('mask hides a field, and only that', async () => {
  await using run = await testFilter(mask, { fields: ['user'], mask: '-' });
  await run.feed('web', [{ user: 'alice', n: 1 }, { n: 2 }]);
  expectEvents(run.events(), [{ record: { user: '-', n: 1 } }, { record: { n: 2 } }]);
});

test('gap counts the time between batches', async () => {
  await using run = await testOperator(gap);
  await run.feed('a', { n: 1 });
  await run.pass(1500);
  await run.feed('a', { n: 2 });
  expectEvents(run.events(), [{ record: { n: 1, gap: 0 } }, { record: { n: 2, gap: 1500 } }]);
});

test('the pipeline masks users, drops what nobody reads, and sends nonsense to @ERROR', async () => {
  await using run = await testPipeline(accessLog('.'));
  await run.feed('web.access', [
    { path: '/', user: 'alice', code: 200 },
    { path: '/health', user: 'probe', code: 200 },
    { path: '/gone', user: 'bob', code: 404 },
    { path: '/', user: 'carol', code: 7 },
  ]);
  await run.flush();
  expectEvents(run.events('requests'), [
    { tag: 'web.access', record: { path: '/', user: '***', code: 200, hasFailed: false } },
  ]);
  assert.deepEqual(
    run.errors.map(({ cause }) => cause.message),
    ['7 is no status'],
  );
  assert.equal(run.stats.outputs['wrong']?.deliveredEvents, 1);
});

test('a field that is not there stays absent, whatever else the record holds', async () => {
  await using run = await testFilter(mask, { fields: ['no such field'] });
  await fc.assert(
    fc.asyncProperty(entries(), async ({ record }) => {
      const before = run.events().length;
      await run.feed('any', record);
      expectEvents(run.events().slice(before), [{ record }]);
    }),
    { numRuns: 20 },
  );
});
