import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../../lib/event/entry.ts';
import type { Filter } from '../../../lib/plugin/contract.ts';
import { runFilters } from '../../../lib/stream/filter_chain.ts';
import { batchOf, counter } from '../graph/doors.ts';

function stage(id: string, filter: Filter) {
  return { id, filter, dropped: counter(), failed: counter() };
}

const records = (entries: readonly Entry[] | undefined) => entries?.map(({ record }) => record);

test('a chain that changes nothing leaves the batch untouched', () => {
  const same = stage('same', (entry) => entry);
  const { kept, failures } = runFilters([same, same], batchOf('a', { n: 1 }, { n: 2 }));
  assert.equal(kept, undefined);
  assert.deepEqual(failures, []);
});

test('filters see the tag, and what the ones before them made', () => {
  const seen: unknown[] = [];
  const add = stage('add', (entry, tag) => ({ ...entry, record: { ...entry.record, tag } }));
  const look = stage('look', (entry) => {
    seen.push(entry.record);
    return entry;
  });
  const { kept } = runFilters([add, look], batchOf('a.b', { n: 1 }));
  assert.deepEqual(seen, [{ n: 1, tag: 'a.b' }]);
  assert.deepEqual(records(kept), seen);
});

test('a filter may make several entries of one; each goes through the filters behind it', () => {
  const twice = stage('twice', (entry) => [
    { ...entry, record: { n: Number(entry.record['n']) * 10 } },
    { ...entry, record: { n: Number(entry.record['n']) * 10 + 1 } },
  ]);
  const fussy = stage('fussy', (entry) => {
    if (entry.record['n'] === 21) throw new Error('no');
    return entry.record['n'] === 10 ? null : entry;
  });
  const { kept, failures } = runFilters([twice, fussy], batchOf('a', { n: 1 }, { n: 2 }));
  assert.deepEqual(records(kept), [{ n: 11 }, { n: 20 }]);
  assert.deepEqual(records(failures.map(({ entry }) => entry)), [{ n: 21 }]);
  assert.equal(fussy.dropped.value, 1);
});

test('a filter that makes no entry at all of one has dropped it', () => {
  const none = stage('none', () => []);
  assert.deepEqual(runFilters([none], batchOf('a', { n: 1 })).kept, []);
  assert.equal(none.dropped.value, 1);
});

test('what a filter throws on is told with the entry as that filter got it', () => {
  const no = new Error('no');
  const double = stage('double', (entry) => ({
    ...entry,
    record: { n: Number(entry.record['n']) * 2 },
  }));
  const fussy = stage('fussy', (entry) => {
    if (entry.record['n'] === 4) throw no;
    return entry;
  });
  const { kept, failures } = runFilters([double, fussy], batchOf('a', { n: 1 }, { n: 2 }));
  assert.deepEqual(records(kept), [{ n: 2 }]);
  assert.deepEqual(
    failures.map(({ entry, stageId, cause }) => [entry.record, stageId, cause]),
    [[{ n: 4 }, 'fussy', no]],
  );
  assert.equal(fussy.failed.value, 1);
});

test('what is neither an entry nor null is a failure of that filter, not of an output', () => {
  const given: unknown[] = [
    undefined,
    Promise.resolve(null),
    {},
    'x',
    { record: {} },
    { record: [], time: { sec: 0, nsec: 0 } },
    [{ record: {}, time: { sec: 0, nsec: 0 } }, null],
  ];
  for (const value of given) {
    // Filters in JavaScript are checked by nobody else.
    const careless = stage('careless', (() => value) as unknown as Filter);
    const { kept, failures } = runFilters([careless], batchOf('a', { n: 1 }));
    assert.deepEqual(kept, []);
    assert.deepEqual(records(failures.map(({ entry }) => entry)), [{ n: 1 }]);
    assert.match(
      failures[0]?.cause.message ?? '',
      /a filter returns an entry, a list of entries or null, not/,
    );
  }
});

test('a filter may throw anything at all', () => {
  const thrown = Object.create(null);
  const wild = stage('wild', () => {
    throw thrown;
  });
  const { failures } = runFilters([wild], batchOf('a', { n: 1 }));
  assert.equal(failures[0]?.cause.cause, thrown);
});

type Deed = 'keep' | 'change' | 'drop' | 'throw';

/** A filter that does to entry `n` what `deeds` says. */
function doing(deeds: readonly Deed[], id: string): ReturnType<typeof stage> {
  return stage(id, (entry) => {
    const deed = deeds[Number(entry.record['n']) % deeds.length];
    if (deed === 'throw') throw new Error(id);
    if (deed === 'drop') return null;
    if (deed === 'keep') return entry;
    return { ...entry, record: { ...entry.record, [id]: true } };
  });
}

test('every entry is kept, dropped or failed, once, in order and by the first filter to say so', () => {
  const deed = fc.constantFrom<Deed>('keep', 'keep', 'change', 'drop', 'throw');
  const chain = fc.array(fc.array(deed, { minLength: 1, maxLength: 7 }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(chain, fc.nat(8), (deeds, count) => {
      const batch = batchOf('a', ...Array.from({ length: count }, (_, n) => ({ n })));
      const stages = deeds.map((each, index) => doing(each, `f${index}`));
      const { kept, failures } = runFilters(stages, batch);
      const expected: unknown[] = [];
      const failed: unknown[] = [];
      let dropped = 0;
      for (const { record } of batch.entries()) {
        const does = deeds.map((each) => each[Number(record['n']) % each.length]);
        const end = does.findIndex((each) => each === 'drop' || each === 'throw');
        const made = does.slice(0, end < 0 ? does.length : end);
        const marks = made.flatMap((each, index) =>
          each === 'change' ? [[`f${index}`, true]] : [],
        );
        const result = { ...record, ...Object.fromEntries(marks) };
        if (end < 0) expected.push(result);
        else if (does[end] === 'throw') failed.push([result, `f${end}`]);
        else dropped += 1;
      }
      assert.deepEqual(records(kept ?? batch.entries()), expected);
      assert.deepEqual(
        failures.map(({ entry, stageId }) => [entry.record, stageId]),
        failed,
      );
      assert.equal(
        stages.reduce((sum, each) => sum + each.dropped.value, 0),
        dropped,
      );
    }),
  );
});
