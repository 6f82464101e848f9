import assert from 'node:assert/strict';
import test from 'node:test';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import { MillraceError } from '../../../lib/error.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { Delivery } from '../../../lib/event/delivery.ts';
import { createLog, type LogLine } from '../../../lib/log.ts';
import type { Directed } from '../../../lib/plugin/contract.ts';
import { routeLaws } from '../../../lib/testing/laws/route_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import copy from '../../../operators/route/copy.ts';

routeLaws(copy, {}, { test });
routeLaws(
  copy,
  {},
  {
    test,
    name: 'copy with words',
    branches: [{ argument: 'ignore_error' }, { argument: 'ignore_if_prev_success' }, {}],
  },
);

const origin = { source: 'file', epoch: 1, begin: 0, end: 9, low: 0 };
const failure = new Error('the disk is full');

interface Copied {
  readonly batch: EventBatch;
  readonly directed: readonly Directed[];
  readonly logged: readonly LogLine[];
  /** What the graph does for branch `index`: tries the store, which then does as told. */
  store(index: number, outcome: 'ack' | 'nack'): void;
}

/** Sends one batch through a copy whose stores have these arguments. */
function copyThrough(...given: string[]): Copied {
  const logged: LogLine[] = [];
  const branches = given.map((argument) => ({ argument }));
  const log = createLog((line) => void logged.push(line));
  const options = { store: [], copyMode: 'deep', deepCopy: false } as const;
  const route = copy.create(options, testContext({ branches, log }));
  const batch = entriesBatch('a.b', [], { origin });
  const directed = route(batch);
  return {
    batch,
    directed,
    logged,
    store(index, outcome) {
      const delivery = directed[index]?.batch.delivery;
      if (outcome === 'ack') delivery?.ack();
      else delivery?.nack(failure);
    },
  };
}

test('every store gets the same entries, with a delivery and an origin of its own', () => {
  const { batch, directed } = copyThrough('', '');
  assert.deepEqual(
    directed.map(({ branch, batch: each }) => [branch, each.tag, each.origin?.source]),
    [
      [0, 'a.b', 'file/0'],
      [1, 'a.b', 'file/1'],
    ],
  );
  assert.equal(directed[0]?.batch.entries(), directed[1]?.batch.entries());
  assert.notEqual(directed[0]?.batch.delivery, directed[1]?.batch.delivery);
  assert.equal(batch.delivery.outcome, undefined);
});

test('the source hears of it once every store has the batch', () => {
  const { batch, store } = copyThrough('', 'ignore_error', '');
  store(2, 'ack');
  store(0, 'ack');
  assert.equal(batch.delivery.outcome, undefined);
  store(1, 'ack');
  assert.deepEqual(batch.delivery.outcome, { ok: true });
});

test('a failing store nacks the source', () => {
  const { batch, store } = copyThrough('', '');
  store(0, 'nack');
  store(1, 'ack');
  assert.deepEqual(batch.delivery.outcome, { ok: false, cause: failure });
});

test('a store with ignore_error never nacks the source, and its failure is logged', () => {
  const { batch, store, logged } = copyThrough('ignore_error', '');
  store(0, 'nack');
  assert.equal(batch.delivery.outcome, undefined);
  store(1, 'ack');
  assert.deepEqual(batch.delivery.outcome, { ok: true });
  assert.deepEqual(
    logged.map(({ level, fields }) => [level, fields]),
    [['error', { branch: 0, error: failure }]],
  );
});

test('a store with ignore_if_prev_success takes only what the one before could not', () => {
  for (const outcome of ['ack', 'nack'] as const) {
    const { directed, store } = copyThrough('ignore_error', 'ignore_if_prev_success');
    assert.equal(directed[0]?.unless, undefined);
    const unless = directed[1]?.unless;
    assert(unless instanceof Delivery);
    const before = unless.outcome;
    store(0, outcome);
    assert.deepEqual([before, unless.outcome?.ok], [undefined, outcome === 'ack']);
  }
});

test('in a chain of stores the first success ends the chain', () => {
  const { batch, directed, store } = copyThrough(
    'ignore_error',
    'ignore_if_prev_success ignore_error',
    'ignore_if_prev_success',
  );
  store(0, 'nack');
  assert.equal(directed[1]?.unless?.outcome?.ok, false);
  store(1, 'ack');
  assert.equal(directed[2]?.unless?.outcome?.ok, true);
  store(2, 'ack');
  assert.deepEqual(batch.delivery.outcome, { ok: true });
});

test('a skipped store counts as success for the next one', () => {
  const { directed, store } = copyThrough(
    'ignore_error',
    'ignore_if_prev_success,ignore_error',
    'ignore_if_prev_success',
  );
  store(0, 'ack');
  assert.equal(directed[1]?.unless?.outcome?.ok, true);
  store(1, 'ack');
  assert.equal(directed[2]?.unless?.outcome?.ok, true);
});

test('a store after a failure that the source hears of is not tried: the source will offer the batch again', () => {
  const { directed, store, logged } = copyThrough('', 'ignore_if_prev_success');
  assert.equal(logged[0]?.level, 'warn');
  store(0, 'nack');
  assert.equal(directed[1]?.unless?.outcome?.ok, true);
});

test('no store at all is refused', () => {
  assert.throws(
    () => copyThrough(),
    (error) => error instanceof MillraceError && error.code === 'MR_OPTION',
  );
});
