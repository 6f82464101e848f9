import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { type EventRecord, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { formatterLaws } from '../../../lib/testing/laws/formatter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import csv from '../../../operators/formatter/csv.ts';

formatterLaws(csv, { fields: ['message', 'level'] }, { test });

function format(record: EventRecord, options: Parameters<typeof csv>[0]): string | Uint8Array {
  return testContext().make(csv(options))({ time: new EventTime(1, 0), record }, 'app');
}

test('writes the fields in order, in quotes; what is missing is empty', () => {
  const record = { b: 'x,y', a: 'say "hi"', c: { d: [1.5, true] } };
  assert.equal(
    format(record, { fields: ['a', 'b', '$.c.d[0]', '$.c.d[1]', '$.no.such', 'z'] }),
    '"say ""hi""","x,y","1.5","true","",""\n',
  );
});

test('without forced quotes only what needs them has them, and null is told from empty', () => {
  const record = { a: 'plain', b: 'a;b', c: 'q"q', d: 'two\nlines', e: '', f: null, g: ' ' };
  assert.equal(
    format(record, {
      fields: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
      delimiter: ';',
      forceQuotes: false,
      newline: 'crlf',
    }),
    'plain;"a;b";"q""q";"two\nlines";"";; \r\n',
  );
});

test('the delimiter may be called TAB', () => {
  const options = { fields: ['a', 'b'], addNewline: false } as const;
  assert.equal(format({ a: 1, b: 2 }, { ...options, delimiter: 'TAB' }), '"1"\t"2"');
  assert.equal(format({ a: 1, b: 2 }, { ...options, delimiter: '\\t' }), '"1"\t"2"');
});

test('writes bytes that are not UTF-8 as they are', () => {
  const record = { a: new RawString(Buffer.from('61ff22', 'hex')), é: 'é' };
  const written = format(record, { fields: ['a', 'é'], delimiter: '·' });
  assert.deepEqual(
    Buffer.from(written),
    Buffer.concat([Buffer.from('"a'), Buffer.from([0xff]), Buffer.from('"""·"é"\n')]),
  );
});

test('refuses to be made without a field or a delimiter', () => {
  for (const options of [{ fields: [''] }, { fields: ['a'], delimiter: '' }]) {
    assert.throws(
      () => format({}, options),
      (error) => error instanceof MillraceError && error.code === 'MR_OPTION',
    );
  }
});
