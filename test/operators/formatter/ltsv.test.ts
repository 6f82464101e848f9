import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { type EventRecord, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { formatterLaws } from '../../../lib/testing/laws/formatter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import ltsv from '../../../operators/formatter/ltsv.ts';
import parseLtsv from '../../../operators/parser/ltsv.ts';

formatterLaws(ltsv, {}, { test });

function format(
  record: EventRecord,
  options: Parameters<typeof ltsv>[0] = {},
): string | Uint8Array {
  return testContext().make(ltsv(options))({ time: new EventTime(1, 0), record }, 'app');
}

test('writes every field with its label', () => {
  assert.equal(format({ a: 1, b: 'x', c: null, d: [1] }), 'a:1\tb:x\tc:\td:[1]\n');
  assert.equal(format({}), '\n');
});

test('delimiters and line breaks are as told', () => {
  const options = {
    delimiter: ', ',
    labelDelimiter: '=',
    replacement: '_',
    newline: 'crlf',
  } as const;
  assert.equal(format({ a: 'x, y', b: 2 }, options), 'a=x_y, b=2\r\n');
  assert.equal(format({ a: 1 }, { addNewline: false }), 'a:1');
});

test('the line reads back, whatever is in values', () => {
  const written = format({ message: 'one\ttwo\nthree', url: 'http://h:1/' }, { addNewline: false });
  const parser = testContext().make(parseLtsv({}));
  assert.deepEqual(parser.parse(written)?.[0]?.record, {
    message: 'one two three',
    url: 'http://h:1/',
  });
});

test('writes bytes that are not UTF-8 as they are', () => {
  const written = Buffer.from(format({ é: new RawString(Buffer.from('61ff', 'hex')) }));
  assert.equal(written.toString('latin1'), '\xc3\xa9:a\xff\n');
});

test('refuses an empty delimiter', () => {
  assert.throws(
    () => format({}, { delimiter: '' }),
    (error) => error instanceof MillraceError && error.code === 'MR_OPTION',
  );
});
