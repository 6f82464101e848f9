import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { compileTagPattern } from '../../../lib/event/tag_pattern.ts';
import { Junction, type JunctionRule, type OperatorDoor } from '../../../lib/graph/junction.ts';
import { createLog, type LogLine, silentLog } from '../../../lib/log.ts';
import type { Filter } from '../../../lib/plugin/contract.ts';
import type { FilterStage } from '../../../lib/stream/filter_chain.ts';
import { batchOf, counter, exitTo, outcomeOf, TestDoor } from './doors.ts';

function stage(filter: Filter): FilterStage {
  return { id: 'under_test', filter, dropped: counter(), failed: counter() };
}

function junction(rules: readonly JunctionRule[], errors = exitTo(undefined)): Junction {
  return new Junction({ label: '@ROOT', rules, errors, log: silentLog, unmatched: counter() });
}

const mark = (name: string): JunctionRule => ({
  form: 'filter',
  pattern: '**',
  stage: stage((entry) => ({ ...entry, record: { ...entry.record, [name]: true } })),
});

test('a batch passes the filters before the first output that matches, and no later ones', () => {
  const first = new TestDoor();
  const second = new TestDoor();
  const root = junction([
    mark('one'),
    { form: 'match', pattern: 'a.*', door: first },
    mark('two'),
    { form: 'match', pattern: '**', door: second },
  ]);
  root.offer(batchOf('a.b', { n: 1 }));
  root.offer(batchOf('c', { n: 2 }));
  assert.deepEqual(first.records, [['a.b', [{ n: 1, one: true }]]]);
  assert.deepEqual(second.records, [['c', [{ n: 2, one: true, two: true }]]]);
});

test('a batch that no filter changes goes on as it is, still packed', () => {
  const door = new TestDoor();
  const keep: JunctionRule = { form: 'filter', pattern: '**', stage: stage((entry) => entry) };
  const batch = batchOf('a', { n: 1 });
  junction([keep, { form: 'match', pattern: '**', door }]).offer(batch);
  assert.equal(door.taken[0], batch);
});

test('a batch whose entries are all dropped is acknowledged', async () => {
  const door = new TestDoor();
  const drop: JunctionRule = { form: 'filter', pattern: '**', stage: stage(() => null) };
  const batch = batchOf('a', { n: 1 });
  junction([drop, { form: 'match', pattern: '**', door }]).offer(batch);
  assert.deepEqual(await batch.delivery.settled, { ok: true });
  assert.equal(door.taken.length, 0);
});

test('an entry that a filter throws on goes to @ERROR alone, and the rest goes on', async () => {
  const door = new TestDoor();
  const errorDoor = new TestDoor();
  const picky: JunctionRule = {
    form: 'filter',
    pattern: '**',
    stage: stage((entry) => {
      if (entry.record['n'] === 2) throw new Error('I will not have 2');
      return entry;
    }),
  };
  const batch = batchOf('a', { n: 1 }, { n: 2 }, { n: 3 });
  junction([picky, { form: 'match', pattern: '**', door }], exitTo(errorDoor)).offer(batch);
  assert.deepEqual(door.records, [['a', [{ n: 1 }, { n: 3 }]]]);
  assert.deepEqual(errorDoor.records, [['a', [{ n: 2 }]]]);
  door.taken[0]?.delivery.ack();
  assert.equal(outcomeOf(batch), undefined);
  errorDoor.taken[0]?.delivery.nack(new Error('the error output is full'));
  assert.equal((await batch.delivery.settled).ok, false);
});

test('the failed part of a batch has an origin of its own, the good part keeps its origin', () => {
  const door = new TestDoor();
  const errorDoor = new TestDoor();
  const origin = { source: 'tail:1', epoch: 0, begin: 0, end: 10, low: 0 };
  const fussy: JunctionRule = {
    form: 'filter',
    pattern: '**',
    stage: stage((entry) => {
      if (entry.record['n'] === 2) throw new Error('no');
      return entry;
    }),
  };
  const batch = batchOf('a', { n: 1 }, { n: 2 }).derive({ origin });
  junction([fussy, { form: 'match', pattern: '**', door }], exitTo(errorDoor)).offer(batch);
  assert.deepEqual(door.taken[0]?.origin, origin);
  assert.deepEqual(errorDoor.taken[0]?.origin, { ...origin, source: 'tail:1/e@ROOT+0' });
});

test('a tag that no output wants is dropped, counted and acknowledged', async () => {
  const unmatched = counter();
  const root = new Junction({
    label: '@ROOT',
    rules: [{ form: 'match', pattern: 'a', door: new TestDoor() }],
    errors: exitTo(undefined),
    log: silentLog,
    unmatched,
  });
  const batch = batchOf('b', { n: 1 }, { n: 2 });
  assert.equal(root.offer(batch), undefined);
  assert.deepEqual(await batch.delivery.settled, { ok: true });
  assert.equal(unmatched.value, 2);
});

test('only the caller whose output is full waits', async () => {
  const full = new TestDoor();
  full.isOpen = false;
  const free = new TestDoor();
  const root = junction([
    { form: 'match', pattern: 'full', door: full },
    { form: 'match', pattern: 'free', door: free },
  ]);
  const wait = root.offer(batchOf('full', { n: 1 }));
  assert.notEqual(wait, undefined);
  assert.equal(root.offer(batchOf('free', { n: 2 })), undefined);
  full.release();
  await wait;
});

test('without an @ERROR label, failed entries become dead letters and are acknowledged', async () => {
  const buried: string[] = [];
  const broken: JunctionRule = {
    form: 'filter',
    pattern: '**',
    stage: stage(() => {
      throw new Error('broken');
    }),
  };
  const batch = batchOf('a', { n: 1 });
  const exit = exitTo(undefined, buried);
  const root = junction([broken, { form: 'match', pattern: '**', door: new TestDoor() }], exit);
  await root.offer(batch);
  assert.deepEqual(await batch.delivery.settled, { ok: true });
  assert.deepEqual(buried, ['a: broken']);
});

test('a dead letter that cannot be written is never acknowledged', async () => {
  const batch = batchOf('unwritable', { n: 1 });
  await exitTo(undefined).offer(batch, [{ stageId: 'x', cause: new Error('broken') }]);
  assert.equal((await batch.delivery.settled).ok, false);
});

test('what fails in two labels on one way has two origins', () => {
  const origin = { source: 'tail:1', epoch: 0, begin: 0, end: 10, low: 0 };
  const errorDoor = new TestDoor();
  const exit = exitTo(errorDoor);
  const refusing = (n: number): JunctionRule => ({
    form: 'filter',
    pattern: '**',
    stage: stage((entry) => {
      if (entry.record['n'] === n) throw new Error(`not ${n}`);
      return entry;
    }),
  });
  const last = new Junction({
    label: '@LAST',
    rules: [refusing(2), { form: 'match', pattern: '**', door: new TestDoor() }],
    errors: exit,
    log: silentLog,
    unmatched: counter(),
  });
  const operator = new PassingDoor();
  const first = junction(
    [
      refusing(0),
      { form: 'operator', pattern: '**', door: operator },
      refusing(1),
      { form: 'match', pattern: '**', door: last },
    ],
    exit,
  );
  first.offer(batchOf('a', { n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }).derive({ origin }));
  assert.deepEqual(
    errorDoor.taken.map((batch) => batch.origin?.source),
    ['tail:1/e@ROOT+0', 'tail:1/e@ROOT+2', 'tail:1/e@LAST+0'],
  );
});

/** An operator that gives each batch on at once. */
class PassingDoor implements OperatorDoor {
  passed = 0;
  #next: (batch: EventBatch) => Promise<void> | undefined = () => undefined;

  connect(next: (batch: EventBatch) => Promise<void> | undefined): void {
    this.#next = next;
  }

  offer(batch: EventBatch): Promise<void> | undefined {
    this.passed += 1;
    return this.#next(batch);
  }
}

test('a batch takes the way that a slow reading of the rules gives, whatever came before it', () => {
  const part = fc.constantFrom('a', 'b', 'c');
  const tag = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
  const piece = fc.constantFrom('a', 'b', '*', '**', '{a,b}');
  const pattern = fc.array(piece, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
  const form = fc.constantFrom<JunctionRule['form']>('filter', 'filter', 'operator', 'match');
  const rule = fc.record({ form, pattern });
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 8 }),
      fc.array(tag, { minLength: 1, maxLength: 12 }),
      (forms, tags) => {
        let seen: string[] = [];
        const rules = forms.map((each, index): JunctionRule => {
          if (each.form === 'filter') {
            const look = stage((entry) => {
              seen.push(`filter ${index}`);
              return entry;
            });
            return { ...each, form: 'filter', stage: look };
          }
          if (each.form === 'operator') {
            const door = new PassingDoor();
            const { offer } = door;
            door.offer = (batch) => {
              seen.push(`operator ${index}`);
              return offer.call(door, batch);
            };
            return { ...each, form: 'operator', door };
          }
          const offer = (): undefined => void seen.push(`match ${index}`);
          return { ...each, form: 'match', door: { offer } };
        });
        const root = junction(rules);
        for (const each of tags) {
          seen = [];
          root.offer(batchOf(each, { n: 1 }));
          const expected: string[] = [];
          for (const [index, known] of forms.entries()) {
            if (!compileTagPattern(known.pattern).matches(each)) continue;
            expected.push(`${known.form} ${index}`);
            if (known.form === 'match') break;
          }
          assert.deepEqual(seen, expected);
        }
      },
    ),
  );
});

test('more tags than the cache of ways holds, and long ones, find their ways', () => {
  let taken = 0;
  const offer = (): undefined => {
    taken += 1;
  };
  const root = junction([
    { form: 'match', pattern: 'a.**', door: { offer } },
    { form: 'match', pattern: '**', door: new TestDoor() },
  ]);
  const tags = Array.from({ length: 5000 }, (_, n) => `a.${n}`);
  for (const tag of [...tags, ...tags, `a.${'x'.repeat(5000)}`]) root.offer(batchOf(tag, { n: 1 }));
  assert.equal(taken, 10_001);
});

test('a tag that no output wants is told at the 1st, 2nd, 4th, ... batch and then every 512th', () => {
  const lines: LogLine[] = [];
  const root = new Junction({
    label: '@ROOT',
    rules: [],
    errors: exitTo(undefined),
    log: createLog((line) => lines.push(line)),
    unmatched: counter(),
  });
  for (let n = 0; n < 1600; n += 1) root.offer(batchOf('a', { n }));
  assert.deepEqual(
    lines.map(({ fields }) => fields['seen']),
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1536],
  );
});
