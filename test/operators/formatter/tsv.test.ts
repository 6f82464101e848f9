import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { type EventRecord, Float, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { formatterLaws } from '../../../lib/testing/laws/formatter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import tsv from '../../../operators/formatter/tsv.ts';

formatterLaws(tsv, { keys: ['message', 'n'] }, { test });

function format(record: EventRecord, options: Parameters<typeof tsv>[0]): string | Uint8Array {
  return testContext().make(tsv(options))({ time: new EventTime(1, 0), record }, 'app');
}

test('writes the fields in order; what is missing is empty', () => {
  const record = { b: 2, a: 'x', c: [1], f: new Float(1) };
  assert.equal(format(record, { keys: ['a', 'none', 'b', 'c', 'f'] }), 'x\t\t2\t[1]\t1.0\n');
  assert.equal(format({ a: 1, b: 2 }, { keys: ['a', 'b'], delimiter: '|' }), '1|2\n');
  assert.equal(format({ a: 1 }, { keys: ['a'], addNewline: false }), '1');
});

test('a value can end neither its field nor its line', () => {
  assert.equal(format({ a: 'x\ty\r\nz', b: 1 }, { keys: ['a', 'b'] }), 'x y z\t1\n');
});

test('writes bytes that are not UTF-8 as they are', () => {
  const record = { a: new RawString(Buffer.from('61ff', 'hex')), b: 'é' };
  const written = Buffer.from(format(record, { keys: ['a', 'b'] }));
  assert.equal(written.toString('latin1'), 'a\xff\t\xc3\xa9\n');
});

test('refuses an empty delimiter', () => {
  assert.throws(
    () => format({}, { keys: ['a'], delimiter: '' }),
    (error) => error instanceof MillraceError && error.code === 'MR_OPTION',
  );
});
