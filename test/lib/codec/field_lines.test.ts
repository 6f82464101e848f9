import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type FieldColumn, FieldLayout } from '../../../lib/codec/field_layout.ts';
import { FieldLines } from '../../../lib/codec/field_lines.ts';
import { absentField, type FieldTable, nullField } from '../../../lib/codec/field_table.ts';
import { decodeUtf8 } from '../../../lib/codec/text.ts';
import {
  type Entry,
  type EventRecord,
  type EventValue,
  type MutableRecord,
  setField,
} from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { records, times, values } from '../../../lib/testing/arbitraries.ts';
import { claimUndecoded, withSet } from '../../../lib/testing/laws/claim_lines.ts';

type Cell = Buffer | number | 'absent' | null;

/** Lines as the test wants them: the cells of each line, or an entry that is decoded. */
interface Sample {
  readonly columns: readonly FieldColumn[];
  readonly lines: readonly (readonly Cell[] | EventRecord)[];
  readonly times: EventTime | readonly EventTime[];
}

function tableOf({ columns, lines, times }: Sample): FieldTable {
  const width = columns.length;
  const bounds = new Uint32Array(2 * width * lines.length);
  const decoded = new Map<number, Entry>();
  const pieces: Buffer[] = [];
  let at = 0;
  lines.forEach((line, index) => {
    if (!isCells(line)) {
      decoded.set(index, { time: timeOf(times, index), record: line });
      return;
    }
    line.forEach((cell, column) => {
      const place = 2 * (index * width + column);
      const bytes = typeof cell === 'number' ? Buffer.from(String(cell)) : cell;
      if (bytes === null) bounds[place] = nullField;
      else if (bytes === 'absent') bounds[place] = absentField;
      else {
        pieces.push(bytes);
        bounds[place] = at;
        bounds[place + 1] = at + bytes.length;
        at += bytes.length;
      }
    });
  });
  const bytes = Buffer.concat(pieces);
  return { bytes, count: lines.length, width, bounds, times, decoded };
}

function entriesOf({ columns, lines, times }: Sample): Entry[] {
  return lines.map((line, index) => {
    const time = timeOf(times, index);
    if (!isCells(line)) return { time, record: line };
    const record: MutableRecord = {};
    line.forEach((cell, column) => {
      if (cell !== 'absent') setField(record, columns[column]?.name ?? '', cellValue(cell));
    });
    return { time, record };
  });
}

function isCells(line: readonly Cell[] | EventRecord): line is readonly Cell[] {
  return Array.isArray(line);
}

function timeOf(times: Sample['times'], index: number): EventTime {
  return times instanceof EventTime ? times : (times[index] ?? new EventTime(0, 0));
}

function cellValue(cell: Exclude<Cell, 'absent'>): EventValue {
  return Buffer.isBuffer(cell) ? decodeUtf8(cell) : cell;
}

const names = ['message', 'a"b', '__proto__', 'path', 'ä', '7', ''];

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => Buffer.from(text)),
  fc.stringMatching(/^[a-z"\\\n\t ]{0,20}$/).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(31, 32, 127, 128, 255, 256, 65_535, 65_536)
    .map((size) => Buffer.alloc(size, 'x')),
);

function samples(): fc.Arbitrary<Sample> {
  const column = fc.record({
    name: fc.constantFrom(...names),
    type: fc.constantFrom('text' as const, 'integer' as const),
    isOptional: fc.boolean(),
  });
  return fc
    .uniqueArray(column, { selector: ({ name }) => name, minLength: 1, maxLength: 5 })
    .filter((columns) => columns[0]?.name === '7' || columns.every(({ name }) => name !== '7'))
    .chain((columns) => {
      const cells = columns.map(({ type, isOptional }) => {
        const cell: fc.Arbitrary<Cell> =
          type === 'integer' ? fc.nat(Number.MAX_SAFE_INTEGER) : texts;
        const nullable = fc.oneof({ weight: 5, arbitrary: cell }, fc.constant(null));
        return isOptional ? fc.oneof(nullable, fc.constant('absent' as const)) : nullable;
      });
      const line = fc.oneof({ weight: 5, arbitrary: fc.tuple(...cells) }, records());
      return fc.array(line, { maxLength: 5 }).chain((lines) =>
        fc.record({
          columns: fc.constant(columns),
          lines: fc.constant(lines),
          times: fc.oneof(
            times(),
            fc.array(times(), { minLength: lines.length, maxLength: lines.length }),
          ),
        }),
      );
    });
}

test('gives in every way what its entries would give once decoded', () => {
  fc.assert(
    fc.property(samples(), (sample) => {
      const lines = new FieldLines(tableOf(sample), FieldLayout.of(sample.columns));
      claimUndecoded(lines, entriesOf(sample));
    }),
  );
});

test('sets fields as they would be set once decoded, or leaves it', () => {
  const field = fc.tuple(fc.constantFrom(...names, 'host', 'host2', '3'), values());
  let set = 0;
  fc.assert(
    fc.property(samples(), fc.array(field, { maxLength: 3 }), (sample, fields) => {
      const lines = new FieldLines(tableOf(sample), FieldLayout.of(sample.columns));
      const more = lines.withFields(fields);
      if (more === undefined) return;
      set += 1;
      claimUndecoded(
        more,
        entriesOf(sample).map((entry) => withSet(entry, fields)),
      );
      claimUndecoded(lines, entriesOf(sample));
    }),
  );
  assert(set > 20);
});

test('leaves fields to who decodes where their place among the others is not known', () => {
  const sample: Sample = {
    columns: [
      { name: 'path', type: 'text', isOptional: true },
      { name: 'host', type: 'text', isOptional: false },
    ],
    lines: [['absent', Buffer.from('h')]],
    times: new EventTime(1, 2),
  };
  const lines = new FieldLines(tableOf(sample), FieldLayout.of(sample.columns));
  assert.equal(lines.withFields([['path', 'x']]), undefined);
  assert.equal(lines.withFields([['1', 'x']]), undefined);
  assert.equal(lines.withFields([['n', Number.NaN]]), undefined);
  assert.deepEqual(lines.withFields([['host', 'x']])?.decode(), [
    { time: new EventTime(1, 2), record: { host: 'x' } },
  ]);
});

test('shows only the columns that are wanted', () => {
  const column: FieldColumn = { name: 'a', type: 'text', isOptional: false };
  const sample: Sample = {
    columns: [column, { ...column, name: 'b' }],
    lines: [[Buffer.from('x'), Buffer.from('y')]],
    times: new EventTime(1, 2),
  };
  const lines = new FieldLines(tableOf(sample), FieldLayout.of([undefined, sample.columns[1]]));
  claimUndecoded(lines, [{ time: new EventTime(1, 2), record: { b: 'y' } }]);
});

test('packs more fields than a short map holds, and prints none', () => {
  const columns = Array.from({ length: 20 }, (_, index): FieldColumn => {
    return { name: `f${index}`, type: 'text', isOptional: true };
  });
  const full = columns.map(({ name }) => Buffer.from(name));
  const empty = columns.map(() => 'absent' as const);
  const sample: Sample = { columns, lines: [full, empty], times: new EventTime(1, 2) };
  const lines = new FieldLines(tableOf(sample), FieldLayout.of(columns));
  claimUndecoded(lines, entriesOf(sample));
});
