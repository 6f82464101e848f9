import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { compileAccessor } from '../../../lib/event/accessor.ts';
import { type EventRecord, type EventValue, RawString } from '../../../lib/event/entry.ts';
import { aggregateShape, compileAggregates } from '../../../lib/plugin/aggregate.ts';
import { readShape } from '../../../lib/plugin/read_given.ts';

type Declared = Parameters<typeof compileAggregates>[0][number];
type Word = Declared['function'];

const words = readShape({ f: aggregateShape.function }, { f: 'sum' }, 'aggregate');
const of = (word: Word, field?: string, percent = 95): Declared => ({
  function: word,
  field: field === undefined ? undefined : compileAccessor(field),
  as: undefined,
  percent,
});

function resultOf(declared: readonly Declared[], records: readonly EventRecord[]): EventRecord {
  const aggregation = compileAggregates(declared)();
  for (const record of records) aggregation.add(record);
  const result: { [key: string]: EventValue } = {};
  aggregation.writeTo(result);
  return result;
}

const all: readonly Word[] = ['sum', 'min', 'max', 'mean', 'distinct', 'first', 'last'];

test('each function makes its value of the values of a field', () => {
  assert.deepEqual(words, { f: 'sum' });
  const values = [3, '4.5', null, 'many', 10n, new RawString(Buffer.from('2')), 3];
  const records = [{}, ...values.map((v) => ({ v }))];
  const declared = [of('count'), of('count', 'v'), ...all.map((word) => of(word, 'v'))];
  assert.deepEqual(resultOf([...declared, of('percentile', 'v', 50)], records), {
    count: 8,
    count_v: 6,
    sum_v: 22.5,
    min_v: 2,
    max_v: 10,
    mean_v: 4.5,
    distinct_v: 5,
    first_v: 3,
    last_v: 3,
    p50_v: 3,
  });
});

test('without a value there is null, or 0', () => {
  const declared = [...all.map((word) => of(word, '$.a.b')), of('percentile', '$.a.b', 99.9)];
  assert.deepEqual(resultOf(declared, [{ a: 1 }]), {
    'sum_a.b': 0,
    'min_a.b': null,
    'max_a.b': null,
    'mean_a.b': null,
    'distinct_a.b': 0,
    'first_a.b': null,
    'last_a.b': null,
    'p99.9_a.b': null,
  });
});

test('a name that is there twice, and a share that is none, are refused', () => {
  assert.throws(() => compileAggregates([of('count'), of('count')]), { code: 'MR_OPTION' });
  assert.throws(() => compileAggregates([of('count')], ['count']), { code: 'MR_OPTION' });
  assert.throws(() => compileAggregates([of('percentile', 'v', 0)]), { code: 'MR_OPTION' });
  assert.throws(() => compileAggregates([of('percentile', 'v', 101)]), { code: 'MR_OPTION' });
});

test('a percentile is exact for few values, and within 1 % for many', () => {
  const shares = fc.constantFrom(1, 25, 50, 95, 99, 100);
  const number = fc.oneof(
    fc.integer({ min: -1000, max: 100_000 }),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
  );
  fc.assert(
    fc.property(fc.array(number, { minLength: 1 }), fc.boolean(), shares, (few, isMany, share) => {
      // Each value a hundred times and more keeps the order and passes the number that is kept exactly.
      const times = isMany ? Math.ceil(5000 / few.length) : 1;
      const records = few.flatMap((v) => Array.from({ length: times }, () => ({ v })));
      const got = Number(resultOf([of('percentile', 'v', share)], records)[`p${share}_v`]);
      const sorted = records.map(({ v }) => v).sort((one, other) => one - other);
      const exact = sorted[Math.max(1, Math.ceil((share / 100) * sorted.length)) - 1] ?? Number.NaN;
      const tolerance = isMany ? Math.abs(exact) * 0.0101 + 1e-12 : 0;
      assert(Math.abs(got - exact) <= tolerance, `${got}, not ${exact}`);
    }),
    { numRuns: 60 },
  );
});

test('different values are counted exactly up to 4096, and about right beyond', () => {
  for (const count of [0, 1, 4096, 8191, 8192, 100_000]) {
    const records = Array.from({ length: count * 2 }, (_, n) => ({ v: `value ${n % count}` }));
    const got = Number(resultOf([of('distinct', 'v')], records)['distinct_v']);
    if (count <= 4096) assert.equal(got, count);
    else assert(Math.abs(got - count) < count * 0.05, `${got}, not ${count}`);
  }
});
