import assert from 'node:assert/strict';
import test from 'node:test';
import { EventTime } from '../../../lib/event/time.ts';
import { Fleet } from '../../../lib/fleet/fleet.ts';
import { makePlugin } from '../../../lib/graph/plugin_context.ts';
import { ReceiptBoard } from '../../../lib/graph/receipt_board.ts';
import type { World } from '../../../lib/graph/world.ts';
import { createLog, type LogLine } from '../../../lib/log.ts';
import { MetricRegistry } from '../../../lib/metric/metric.ts';
import { string } from '../../../lib/option/declare.ts';
import type { PluginContext } from '../../../lib/plugin/context.ts';
import { anyPlugin, defineOutput, defineParser } from '../../../lib/plugin/define.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { exitTo, TestDoor } from './doors.ts';

function worldOf() {
  const lines: LogLine[] = [];
  const printed: unknown[] = [];
  const world: World = {
    clock: new TestClock(),
    log: createLog((line) => lines.push(line)),
    metrics: new MetricRegistry(),
    hostname: 'mill',
    workerId: 3,
    random: () => 0.5,
    timeZone: 'Asia/Tokyo',
    print: (text) => void printed.push(text),
  };
  return { world, lines, printed };
}

/** The context that a plugin is made with, and its options. */
function made(more: Partial<Parameters<typeof makePlugin>[1]> = {}, logLevel?: 'debug') {
  const { world, lines, printed } = worldOf();
  const errors = new TestDoor();
  const seen: { context?: PluginContext; options?: unknown } = {};
  const plugin = defineOutput({
    type: 'probe',
    doc: 'For a test.',
    options: { path: string({ doc: 'A path.' }) },
    create(options, context) {
      Object.assign(seen, { context, options });
      return { write: async () => {} };
    },
  });
  const options = { path: '/x' };
  const node = { id: 'probe_1', plugin: anyPlugin(plugin), options, logLevel, at: undefined };
  const storedEnds = (source: string): number[] => [source.length];
  const receipts = new ReceiptBoard(['probe_1'], world.log);
  const fleet = new Fleet({ ...world, path: undefined });
  const agentId = (): string => 'a1';
  const statuses = (): [] => [];
  const shared = { receipts, fleet, agentId, statuses, storedEnds };
  makePlugin(node, { world, errors: exitTo(errors), ...shared, ...more });
  const { context } = seen;
  assert(context !== undefined);
  return { context, options: seen.options, lines, printed, errors, world };
}

test('a plugin is made with its options, its id and the world around it', () => {
  const { context, options, printed, world } = made();
  assert.deepEqual(options, { path: '/x' });
  assert.equal(context.id, 'probe_1');
  assert.equal(context.clock, world.clock);
  assert.equal(context.metrics, world.metrics);
  assert.equal(context.agentId(), 'a1');
  assert.deepEqual(
    [context.hostname, context.workerId, context.timeZone],
    ['mill', 3, 'Asia/Tokyo'],
  );
  context.print('hello');
  assert.deepEqual(printed, ['hello']);
  assert.deepEqual(context.storedEnds('four'), [4]);
  assert.equal(context.random(), 0.5);
  assert.throws(() => context.receipts(['prob_1']), { code: 'MR_OPTION' });
});

test('what only some plugins have is absent for the others', () => {
  const { context } = made();
  assert.deepEqual(context.branches, []);
  assert.equal(context.stateFolder, undefined);
  assert.equal(context.chunking, undefined);
  const chunking = { keys: ['tag'], timekeyMs: undefined };
  const branches = [{ weight: 1 }];
  const other = made({ chunking, branches, stateFolder: '/state' }).context;
  assert.deepEqual(
    [other.chunking, other.branches, other.stateFolder],
    [chunking, branches, '/state'],
  );
});

test('lines of its log carry its id and pass by its own level', () => {
  const { context, lines } = made({}, 'debug');
  context.log.debug('seen', { n: 1 });
  assert.deepEqual(lines, [{ level: 'debug', message: 'seen', fields: { id: 'probe_1', n: 1 } }]);
  const quiet = made();
  quiet.context.log.debug('unseen');
  assert.deepEqual(quiet.lines, []);
});

test('an entry that it reports goes to the error exit of its label', () => {
  const { context, errors } = made();
  const entry = { time: new EventTime(1, 0), record: { line: '?' } };
  context.emitError('app', entry, new Error('odd'));
  assert.deepEqual(errors.records, [['app', [{ line: '?' }]]]);
});

test('a nested plugin is made with its owner’s context', () => {
  const { context } = made();
  let given: PluginContext | undefined;
  const parser = defineParser({
    type: 'inner',
    doc: 'For a test.',
    options: {},
    create(_, inner) {
      given = inner;
      return { parse: () => null };
    },
  });
  assert.equal(context.make(parser({})).parse('x'), null);
  assert.equal(given, context);
});
