import assert from 'node:assert/strict';
import test from 'node:test';
import sample from '../../../connectors/input/sample.ts';
import stdout from '../../../connectors/output/stdout.ts';
import { RawString } from '../../../lib/event/entry.ts';
import { defineFilter, defineOperator } from '../../../lib/plugin/define.ts';
import { event } from '../../../lib/testing/event.ts';
import { expectEvents } from '../../../lib/testing/expect_events.ts';
import {
  testFilter,
  testInput,
  testOperator,
  testOutput,
} from '../../../lib/testing/test_plugin.ts';
import { testFormatter, testParser } from '../../../lib/testing/test_text.ts';
import { failing } from '../../../lib/testing/write_fake.ts';
import grep from '../../../operators/filter/grep.ts';
import json from '../../../operators/formatter/json.ts';
import multiline from '../../../operators/parser/multiline.ts';
import regexp from '../../../operators/parser/regexp.ts';

test('a filter alone passes on, drops, and sends what it cannot process to the errors', async () => {
  const run = await testFilter(grep, { exclude: [{ key: 'level', pattern: /debug/ }] });
  await run.feed('app', [{ level: 'debug' }, { level: 'info' }]);
  expectEvents(run.events(), [event('app', { level: 'info' })]);
  const picky = defineFilter({
    type: 'picky',
    doc: 'For tests.',
    options: {},
    create:
      (_, { log }) =>
      () => {
        log.info('seen');
        throw new Error('never');
      },
  });
  const failing = await testFilter(picky);
  await failing.feed('app', { n: 1 });
  expectEvents(failing.errors, [event('app', { n: 1 })]);
  assert.deepEqual(
    failing.errors.map(({ pluginId }) => pluginId),
    ['under_test'],
  );
  assert(failing.logs.some(({ message }) => message === 'seen'));
});

test('an operator alone moves with the clock, and ends with its source', async () => {
  const late = defineOperator({
    type: 'late',
    doc: 'For tests.',
    options: {},
    create: (_, { clock }) =>
      async function* (source) {
        for await (const batch of source) {
          await new Promise<void>((resolve) => clock.after(10_000, resolve));
          yield batch;
        }
      },
  });
  const run = await testOperator(late);
  const delivery = await run.feed('app', { n: 1 });
  await run.pass(9999);
  assert.deepEqual(run.events(), []);
  await run.pass(1);
  expectEvents(run.events(), [{ record: { n: 1 } }]);
  assert.equal(delivery.outcome?.ok, true);
  await run.feed('app', { n: 2 });
  await run.stop();
  assert.equal(run.events().length, 2);
});

test('an input alone emits, and hears of what became of it', async () => {
  const run = await testInput(sample, { tag: 'a', rate: 1 }, { downstream: failing(1) });
  await run.pass(2000);
  await run.stop();
  assert.equal(run.stats.inputs['under_test']?.events, 3);
  assert.equal(run.events().length, 2);
});

test('an output alone writes through its buffer, and gives receipts', async () => {
  const run = await testOutput(stdout, { format: json() }, { buffer: {}, before: failing(1) });
  await run.feed('app', [{ n: 1 }, { n: 2 }]);
  assert.deepEqual(run.printed, []);
  await run.flush();
  assert.deepEqual(run.printed, ['{"n":1}\n{"n":2}\n']);
  assert.deepEqual(
    run.receipts.map(({ count, attempts }) => [count, attempts]),
    [[2, 2]],
  );
  const plain = await testOutput(stdout);
  await plain.feed('app', { n: 1 });
  assert.match(plain.printed.join(), /app: \{"n":1\}\n/);
});

test('a parser alone reads texts, and lines that belong together', async () => {
  const words = await testParser(regexp, { expression: '^(?<n>\\d+) (?<word>\\w+)$' });
  assert.deepEqual(
    words.lines('1 a\n?\n2 b').map(({ record }) => record),
    [
      { n: '1', word: 'a' },
      { n: '2', word: 'b' },
    ],
  );
  assert.equal(words.parse('?'), null);
  const traces = await testParser(multiline, {
    formatFirstline: '/^\\d/',
    format1: '/^(?<n>\\d+) (?<trace>.*)/',
  });
  assert.deepEqual(
    traces.lines('1 a\n  at b\n2 c\n').map(({ record }) => record),
    [
      { n: '1', trace: 'a\n  at b' },
      { n: '2', trace: 'c' },
    ],
  );
});

test('a formatter alone gives text, or bytes where there is no text', async () => {
  const format = await testFormatter(json);
  assert.equal(format('app', { n: 2n ** 64n - 1n }), '{"n":18446744073709551615}\n');
  const bytes = format('app', { raw: new RawString(Uint8Array.of(0xff)) });
  assert(bytes instanceof Uint8Array);
});
