import assert from 'node:assert/strict';
import test from 'node:test';
import { EventTime } from '../../../lib/event/time.ts';
import { defineFilter } from '../../../lib/plugin/define.ts';
import { nested } from '../../../lib/plugin/nested.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

test('records what a plugin printed and what it sent to @ERROR', () => {
  const context = testContext({ hostname: 'web1' });
  const entry = { time: new EventTime(1, 2), record: { a: 1 } };
  context.print('one\n');
  context.print(new TextEncoder().encode('two\n'));
  const cause = new Error('no');
  context.emitError('app', entry, cause);
  assert.deepEqual(context.printed, ['one\n', 'two\n']);
  assert.deepEqual(context.errors, [{ tag: 'app', entry, cause }]);
  assert.equal(context.hostname, 'web1');
});

test('makes nested plugins with the same context', () => {
  const inner = defineFilter({
    type: 'inner',
    doc: 'Drops all.',
    options: {},
    create: (_options, { print }) => {
      print('made');
      return () => null;
    },
  });
  const outer = defineFilter({
    type: 'outer',
    doc: 'Holds another.',
    options: { inner: nested('filter', { doc: 'The other.', required: true }) },
    create: (options, context) => context.make(options.inner),
  });
  const context = testContext();
  const filter = context.make(outer({ inner: inner({}) }));
  assert.equal(filter({ time: new EventTime(0, 0), record: {} }, 'app'), null);
  assert.deepEqual(context.printed, ['made']);
});

test('delivers receipts to those who listen to their outputs', () => {
  const context = testContext();
  const heard: string[] = [];
  const stop = context.receipts(['a'])(({ outputId }) => heard.push(outputId));
  context.receipts()(({ outputId }) => heard.push(`any: ${outputId}`));
  const receipt = { chunkId: '', tag: 'app', count: 1, bytes: 1, attempts: 1, latencyMs: 0 };
  context.deliver({ outputId: 'a', ...receipt });
  context.deliver({ outputId: 'b', ...receipt });
  stop();
  context.deliver({ outputId: 'a', ...receipt });
  assert.deepEqual(heard, ['a', 'any: a', 'any: b', 'any: a']);
});

test('waits for a line of the log that is there, or is to come', async () => {
  const context = testContext();
  const coming = context.logged('listening');
  context.log.info('starting');
  context.log.info('listening', { port: 1 });
  context.log.info('listening', { port: 2 });
  assert.equal((await coming).fields['port'], 1);
  assert.equal((await context.logged('listening')).fields['port'], 1);
});
