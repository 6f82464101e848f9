import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import test, { type TestContext } from 'node:test';
import type { EventRecord, TaggedEntry } from '../../../lib/event/entry.ts';
import { createLog, type LogLine } from '../../../lib/log.ts';
import type { EntryMap } from '../../../lib/plan/builder.ts';
import type { Operator } from '../../../lib/plugin/contract.ts';
import type { UserStage } from '../../../lib/plugin/user_stage.ts';
import { pipeline } from '../../../lib/process/embed.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import highland from '../../../operators/transform/highland.ts';
import { collected, outcomes } from './plugins/collected.ts';
import gush from './plugins/input/gush.ts';
import keep from './plugins/output/keep.ts';

const count = 1000;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const numbers = (name: string): unknown[] =>
  (collected.get(name) ?? []).map(({ record }) => record['n']);
const upTo = (end: number): number[] => Array.from({ length: end }, (_, n) => n);
const isTenth = (n: unknown): boolean => Number(n) % 10 === 9;

/** A function on entries, to be added by `map`. */
interface FunctionStage {
  readonly map: EntryMap<EventRecord, EventRecord>;
}

/**
 * Runs a stage in one branch of a copy; the other branch holds the same events. The clock is moved on as long as
 * something waits.
 */
async function runBeside(t: TestContext, name: string, stage: UserStage | FunctionStage) {
  const rootDir = mkdtempSync(join(tmpdir(), 'millrace-stage-'));
  t.after(() => rmSync(rootDir, { recursive: true, force: true }));
  const lines: LogLine[] = [];
  const clock = new TestClock();
  const running = await pipeline({ rootDir })
    .from(gush, { tag: name, count, size: 25 })
    .match((m) =>
      m.copy(
        (a) => a.relabel('@A'),
        (b) => b.to(keep, { name: `${name}.beside` }),
      ),
    )
    .label('@A', (l) =>
      ('map' in stage ? l.map(stage.map, { id: 'mine' }) : l.through(stage, { id: 'mine' })).match(
        (m) => m.to(keep, { name: `${name}.through` }),
      ),
    )
    .onError((l) => l.match((m) => m.to(keep, { name: `${name}.error` })))
    .run({ clock, log: createLog((line) => lines.push(line)) });
  await moved(clock, running.finished);
  await moved(clock, running.stop({ deadlineMs: 180_000 }));
  return {
    through: numbers(`${name}.through`),
    beside: numbers(`${name}.beside`),
    errors: numbers(`${name}.error`),
    lines,
  };
}

async function moved(clock: TestClock, over: Promise<void>): Promise<void> {
  let isOver = false;
  over.then(() => {
    isOver = true;
  });
  while (!isOver) {
    for (let n = 0; n < 50 && !isOver; n += 1) await tick();
    if (!isOver) clock.advance(500);
  }
}

class Failing extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  override _transform(entry: TaggedEntry, _: string, done: (error?: Error) => void): void {
    if (isTenth(entry.record['n'])) done(new Error('a tenth'));
    else {
      this.push(entry);
      done();
    }
  }
}

class Throwing extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  override _transform(entry: TaggedEntry, _: string, done: () => void): void {
    if (isTenth(entry.record['n'])) throw new Error('a tenth');
    this.push(entry);
    setImmediate(done);
  }
}

const throwing: Operator = async function* (source) {
  for await (const batch of source) {
    if (batch.entries().some(({ record }) => isTenth(record['n']))) throw new Error('a tenth');
    yield batch;
  }
};

const failing: readonly (readonly [string, UserStage | FunctionStage])[] = [
  [
    'a function that throws',
    {
      map: (entry) => {
        if (isTenth(entry.record['n'])) throw new Error('a tenth');
        return entry;
      },
    },
  ],
  ['a Transform that calls back with an error', () => new Failing()],
  ['a Transform that throws', () => new Throwing()],
  ['an async generator that throws', throwing],
  [
    'a Highland pipeline that throws',
    highland((s) =>
      s.map((entry) => {
        if (isTenth(entry.record['n'])) throw new Error('a tenth');
        return entry;
      }),
    ),
  ],
];

for (const [what, stage] of failing) {
  test(`${what} on every tenth event loses just these, to @ERROR, and is named`, async (t) => {
    const { through, beside, errors, lines } = await runBeside(t, what, stage);
    assert.deepEqual(
      through,
      upTo(count).filter((n) => !isTenth(n)),
    );
    assert.deepEqual(errors, upTo(count).filter(isTenth));
    assert.deepEqual(beside, upTo(count));
    const told = lines.find(({ fields }) => fields['plugin'] === 'mine');
    assert.match(String(told?.fields['error']), /a tenth/);
  });
}

const stuck: readonly (readonly [string, UserStage])[] = [
  ['a Transform', () => new Transform({ objectMode: true, transform: () => {} })],
  [
    'an async generator',
    async function* (source) {
      for await (const batch of source) {
        await new Promise(() => {});
        yield batch;
      }
    },
  ],
  ['a Highland pipeline', highland((s) => s.consume<TaggedEntry>(() => {}))],
];

for (const [what, stage] of stuck) {
  test(`${what} that never comes back holds up nobody: its events go to @ERROR`, async (t) => {
    const { through, beside, errors, lines } = await runBeside(t, `stuck ${what}`, stage);
    assert.deepEqual(through, []);
    assert.deepEqual(beside, upTo(count));
    assert.deepEqual(
      errors.sort((one, other) => Number(one) - Number(other)),
      upTo(count),
    );
    const told = lines.find(({ fields }) => fields['plugin'] === 'mine');
    assert.match(String(told?.fields['error']), /neither took nor gave anything for 30 s/);
  });
}

test('a function whose promise never resolves holds up nobody: its events go to @ERROR', async (t) => {
  // JavaScript lets one try.
  const map = (() => new Promise(() => {})) as unknown as FunctionStage['map'];
  const { through, beside, errors, lines } = await runBeside(t, 'stuck function', { map });
  assert.deepEqual(through, []);
  assert.deepEqual(beside, upTo(count));
  assert.deepEqual(errors, upTo(count));
  const told = lines.find(({ fields }) => fields['plugin'] === 'mine');
  assert.match(String(told?.fields['error']), /a promise, and it is not waited for/);
});

test('an operator that comes back after it was stuck is used as before', async (t) => {
  const stage = () =>
    new Transform({
      objectMode: true,
      transform(entry: TaggedEntry, _, done) {
        if (entry.record['n'] !== 500) done(null, entry);
      },
    });
  const { through, beside, errors } = await runBeside(t, 'stuck once', stage);
  assert.deepEqual(
    through,
    upTo(count).filter((n) => n !== 500),
  );
  assert.deepEqual(errors, [500]);
  assert.deepEqual(beside, upTo(count));
});

const early: readonly (readonly [string, UserStage])[] = [
  [
    'an async generator',
    async function* (source) {
      for await (const batch of source) {
        yield batch;
        return;
      }
    },
  ],
  [
    'a Transform',
    () =>
      new Transform({
        objectMode: true,
        transform(entry: TaggedEntry, _, done) {
          this.push(entry);
          if (isTenth(entry.record['n'])) this.push(null);
          done();
        },
      }),
  ],
  ['a Highland pipeline', highland((s) => s.take(10))],
];

for (const [what, stage] of early) {
  test(`${what} that ends early is started again, and the other branch has everything`, async (t) => {
    const { beside, lines, errors } = await runBeside(t, `early ${what}`, stage);
    assert.deepEqual(beside, upTo(count));
    assert.deepEqual(errors, []);
    const told = lines.find(({ fields }) => fields['id'] === 'mine');
    assert.match(String(told?.fields['error']), /operator `mine` ended by itself/);
  });
}

const tamper = (record: unknown): void => {
  // JavaScript lets one try.
  (record as { n: number }).n = -1;
};
const mutating: readonly (readonly [string, UserStage | FunctionStage])[] = [
  [
    'a function',
    {
      map: (entry) => {
        if (isTenth(entry.record['n'])) tamper(entry.record);
        return entry;
      },
    },
  ],
  [
    'an async generator',
    async function* (source) {
      for await (const batch of source) {
        for (const { record } of batch) if (isTenth(record['n'])) tamper(record);
        yield batch;
      }
    },
  ],
  [
    'a Transform',
    () =>
      new Transform({
        objectMode: true,
        transform(entry: TaggedEntry, _, done) {
          if (isTenth(entry.record['n'])) tamper(entry.record);
          done(null, entry);
        },
      }),
  ],
  [
    'a Highland pipeline',
    highland((s) => s.doto(({ record }) => isTenth(record['n']) && tamper(record))),
  ],
];

for (const [what, stage] of mutating) {
  test(`${what} that changes a shared record is told so, and no other branch sees it`, async (t) => {
    const { through, beside, errors, lines } = await runBeside(t, `mutating ${what}`, stage);
    assert.deepEqual(beside, upTo(count));
    assert.deepEqual(errors, upTo(count).filter(isTenth));
    assert.deepEqual(
      through,
      upTo(count).filter((n) => !isTenth(n)),
    );
    const told = lines.find(({ fields }) => fields['plugin'] === 'mine');
    assert.match(String(told?.fields['error']), /Cannot assign to read only property 'n'/);
  });
}

test('a stage that never comes back does not hold up the stop, and what it has is given back', async (t) => {
  const rootDir = mkdtempSync(join(tmpdir(), 'millrace-stage-'));
  t.after(() => rmSync(rootDir, { recursive: true, force: true }));
  const lines: LogLine[] = [];
  const clock = new TestClock();
  const running = await pipeline({ rootDir })
    .from(gush, { tag: 'stuck.stop', count: 2 })
    .through(() => new Transform({ objectMode: true, transform: () => {} }), { id: 'mine' })
    .match((m) => m.to(keep, { name: 'stuck.stop' }))
    .run({ clock, log: createLog((line) => lines.push(line)) });
  await running.finished;
  await moved(clock, running.stop({ deadlineMs: 6000 }));
  assert(clock.monotonicMs() <= 6000);
  assert.deepEqual(outcomes.get('stuck.stop'), [false, false]);
  assert.deepEqual(
    lines.map(({ message, fields }) => [message, fields['id']]),
    [['an operator did not end in time; it is left behind', 'mine']],
  );
});
