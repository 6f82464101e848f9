import { MillraceError } from '../error.ts';
import { type EventRecord, type EventValue, type MutableRecord, setField } from '../event/entry.ts';
import { accessor, float, oneOf, string } from '../option/declare.ts';
import type { Parsed } from '../option/option.ts';
import { DistinctSketch } from './distinct_sketch.ts';
import { numberOf } from './field_number.ts';
import { QuantileSketch } from './quantile_sketch.ts';
import { keyOfValue, nameOfPlace } from './record_key.ts';

/** What an `<aggregate>` section may say. */
export const aggregateShape = {
  function: oneOf(
    ['count', 'sum', 'min', 'max', 'mean', 'distinct', 'first', 'last', 'percentile'],
    {
      doc: '`count` counts events, with a `field` those that have it. `sum`, `min`, `max`, `mean` and `percentile` take numbers, and texts that are numbers; other values do not count, and without any the result is null (of `sum`, 0). `distinct` counts different values: exactly up to 4096, beyond within about 2 %. `first` and `last` are values in the order of arrival.',
      required: true,
    },
  ),
  field: accessor({ doc: 'The field whose values are taken; only `count` can do without.' }),
  as: string({
    doc: 'The name of the result. By default the function and the field: `count`, `sum_bytes`, `p95_latency`.',
  }),
  percent: float({
    doc: 'For `percentile`: the share, in percent, of the values that do not exceed the result. Exact up to 4096 values, beyond within 1 % of the value.',
    default: 95,
  }),
};

type Declared = Parsed<typeof aggregateShape>;
type Word = Declared['function'];

/** Takes the values of a field one after another and makes one of them. Nulls are not among them. */
interface Accumulator {
  add(value: EventValue): void;
  result(): EventValue;
}

/** One declared aggregate: its name in the result, what it takes of a record, and how it is begun. */
interface Aggregate {
  readonly name: string;
  readonly valueIn: (record: EventRecord) => EventValue;
  readonly start: () => Accumulator;
}

/** The aggregates of some records, in the making. */
export class Aggregation {
  readonly #parts: readonly (readonly [Aggregate, Accumulator])[];

  constructor(aggregates: readonly Aggregate[]) {
    this.#parts = aggregates.map((aggregate) => [aggregate, aggregate.start()]);
  }

  add(record: EventRecord): void {
    for (const [{ valueIn }, accumulator] of this.#parts) {
      const value = valueIn(record);
      if (value !== null) accumulator.add(value);
    }
  }

  /** Sets a field for each aggregate. */
  writeTo(record: MutableRecord): void {
    for (const [{ name }, accumulator] of this.#parts) setField(record, name, accumulator.result());
  }
}

/**
 * Compiles `<aggregate>` sections; each call of what it returns begins with no records. `taken` are names that other
 * fields of the result have.
 * @throws MR_OPTION when a field is missing, or a name is there twice
 */
export function compileAggregates(
  declared: readonly Declared[],
  taken: readonly string[] = [],
): () => Aggregation {
  const aggregates = declared.map(compileAggregate);
  const names = [...taken, ...aggregates.map(({ name }) => name)];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return () => new Aggregation(aggregates);
  throw new MillraceError('MR_OPTION', `two fields of the result are called \`${twice}\``, {
    hint: 'give the aggregate another name with `as`',
  });
}

function compileAggregate({ function: word, field, as, percent }: Declared): Aggregate {
  if (!(percent > 0 && percent <= 100)) {
    throw new MillraceError('MR_OPTION', `\`percent\` is above 0 and up to 100, not ${percent}`);
  }
  if (field === undefined && word !== 'count') {
    throw new MillraceError('MR_OPTION', `the aggregate \`${word}\` needs a \`field\``);
  }
  const verb = word === 'percentile' ? `p${percent}` : word;
  const name = as ?? (field === undefined ? verb : `${verb}_${nameOfPlace(field)}`);
  const valueIn = (record: EventRecord): EventValue =>
    field === undefined ? true : (field.get(record) ?? null);
  return { name, valueIn, start: () => accumulatorOf(word, percent / 100) };
}

function accumulatorOf(word: Word, share: number): Accumulator {
  switch (word) {
    case 'count':
      return counted();
    case 'sum':
      return folded(0, (sum, value) => sum + value);
    case 'min':
      return folded(null, Math.min);
    case 'max':
      return folded(null, Math.max);
    case 'mean':
      return mean();
    case 'distinct':
      return distinct();
    case 'first':
      return chosen((first) => first);
    case 'last':
      return chosen((_, last) => last);
    case 'percentile':
      return percentile(share);
  }
}

function counted(): Accumulator {
  let count = 0;
  return {
    add() {
      count += 1;
    },
    result: () => count,
  };
}

function folded(start: number | null, join: (value: number, next: number) => number): Accumulator {
  let value = start;
  return {
    add: onNumbers((next) => {
      value = value === null ? next : join(value, next);
    }),
    result: () => value,
  };
}

function mean(): Accumulator {
  let sum = 0;
  let count = 0;
  return {
    add: onNumbers((next) => {
      sum += next;
      count += 1;
    }),
    result: () => (count === 0 ? null : sum / count),
  };
}

function distinct(): Accumulator {
  const sketch = new DistinctSketch();
  return { add: (value) => sketch.add(keyOfValue(value)), result: () => sketch.count() };
}

function chosen(choose: (before: EventValue, next: EventValue) => EventValue): Accumulator {
  let value: EventValue = null;
  return {
    add(next) {
      value = value === null ? next : choose(value, next);
    },
    result: () => value,
  };
}

function percentile(share: number): Accumulator {
  const sketch = new QuantileSketch();
  return {
    add: onNumbers((next) => sketch.add(next)),
    result: () => sketch.quantile(share) ?? null,
  };
}

function onNumbers(add: (value: number) => void): (value: EventValue) => void {
  return (value) => {
    const number = numberOf(value);
    if (number !== undefined) add(number);
  };
}
