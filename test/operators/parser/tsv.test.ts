import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { type EventRecord, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import tsv from '../../../operators/parser/tsv.ts';

parserLaws(tsv, { keys: ['a', 'b'] }, { test, samples: ['1\t2'] });

type Options = Parameters<typeof tsv>[0];

function recordOf(text: string | Uint8Array, options: Options): EventRecord | undefined {
  return testContext().make(tsv(options)).parse(text)?.[0]?.record;
}

test('gives the values their names; the last one takes the rest', () => {
  const keys = ['a', 'b'];
  assert.deepEqual(recordOf('1\t"2\t3"', { keys }), { a: '1', b: '"2\t3"' });
  assert.deepEqual(recordOf('1\t', { keys }), { a: '1', b: '' });
  assert.deepEqual(recordOf('1', { keys }), { a: '1', b: null });
  assert.deepEqual(recordOf('', { keys }), { a: null, b: null });
});

test('takes another delimiter, but not an empty one', () => {
  assert.deepEqual(recordOf('1::2', { keys: ['a', 'b'], delimiter: '::' }), { a: '1', b: '2' });
  assert.throws(() => recordOf('1', { keys: ['a'], delimiter: '' }), MillraceError);
});

test('reads the time and converts fields', () => {
  const parser = testContext().make(
    tsv({ keys: ['t', 'n'], timeKey: 't', timeType: 'unixtime', types: { n: 'integer' } }),
  );
  assert.deepEqual(parser.parse('1700000001\t7'), [
    { time: new EventTime(1_700_000_001, 0), record: { n: 7 } },
  ]);
});

test('keeps bytes that are not UTF-8', () => {
  assert.deepEqual(recordOf(Buffer.from('61ff0962', 'hex'), { keys: ['a', 'b', 'c'] }), {
    a: new RawString(Buffer.from('61ff', 'hex')),
    b: 'b',
    c: null,
  });
});
