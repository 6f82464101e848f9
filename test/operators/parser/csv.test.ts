import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../../lib/error.ts';
import { type EventRecord, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import csv from '../../../operators/parser/csv.ts';

parserLaws(csv, { keys: ['a', 'b'] }, { test, samples: ['1,2', '"x""y",'] });

type Options = Parameters<typeof csv>[0];

function recordOf(
  text: string | Uint8Array,
  options: Partial<Options> = {},
): EventRecord | undefined {
  const parser = testContext().make(csv({ keys: ['a', 'b', 'c'], ...options }));
  return parser.parse(text)?.[0]?.record;
}

test('gives the values their names; an empty one is null unless it stands in quotes', () => {
  assert.deepEqual(recordOf('1, x ,'), { a: '1', b: ' x ', c: null });
  assert.deepEqual(recordOf('"",,"x"'), { a: '', b: null, c: 'x' });
  assert.deepEqual(recordOf('1,2,3,4\r\n'), { a: '1', b: '2', c: '3' });
});

test('reads quotes with delimiters, line breaks and doubled quotes in them', () => {
  assert.deepEqual(recordOf('"x,y","say ""hi""\n",""""\n7,8,9'), {
    a: 'x,y',
    b: 'say "hi"\n',
    c: '"',
  });
});

test('reads whatever a writer has put in quotes', () => {
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const text = fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', 'é') });
  fc.assert(
    fc.property(text, text, text, fc.boolean(), (a, b, c, isBare) => {
      const bare = b.replaceAll(/[",\r\n]/g, '');
      const line = `${quote(a)},${isBare ? bare : quote(b)},${quote(c)}\n`;
      assert.deepEqual(recordOf(line), { a, b: isBare ? bare || null : b, c });
    }),
  );
});

test('has null for what a line lacks, or with `fast` nothing', () => {
  assert.deepEqual(recordOf('1'), { a: '1', b: null, c: null });
  assert.deepEqual(recordOf('1', { parserEngine: 'fast' }), { a: '1' });
});

test('does not match an empty line, and refuses wrong quotes', () => {
  assert.equal(recordOf(''), undefined);
  assert.equal(recordOf('\n"x"'), undefined);
  for (const line of ['1,a"b', '1, "b"', '"b"x,1', '1,"b', '"']) {
    assert.throws(
      () => recordOf(line),
      (error) => error instanceof MillraceError && error.code === 'MR_CODEC',
    );
  }
});

test('takes other delimiters, reads the time and converts fields', () => {
  const parser = testContext().make(
    csv({
      keys: ['t', 'n'],
      delimiter: '@|@',
      timeKey: 't',
      timeType: 'unixtime',
      types: { n: 'integer' },
    }),
  );
  assert.deepEqual(parser.parse('1700000001@|@"7"'), [
    { time: new EventTime(1_700_000_001, 0), record: { n: 7 } },
  ]);
  assert.throws(() => recordOf('1', { delimiter: '' }), MillraceError);
});

test('keeps bytes that are not UTF-8', () => {
  assert.deepEqual(recordOf(Buffer.from('22ff2c222c62', 'hex')), {
    a: new RawString(Buffer.from('ff2c', 'hex')),
    b: 'b',
    c: null,
  });
});

test('reads long lines in time proportional to their length', () => {
  assert.deepEqual(recordOf(`"",${'x,'.repeat(100_000)}`), { a: '', b: 'x', c: 'x' });
  assert.throws(() => recordOf(`"${'""'.repeat(100_000)}`), MillraceError);
});
