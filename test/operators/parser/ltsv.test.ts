import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { type EventRecord, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import ltsv from '../../../operators/parser/ltsv.ts';

parserLaws(ltsv, {}, { test, samples: ['a:1\tb:x'] });

type Options = Parameters<typeof ltsv>[0];

function recordOf(text: string | Uint8Array, options: Options = {}): EventRecord | undefined {
  return testContext().make(ltsv(options)).parse(text)?.[0]?.record;
}

test('reads labelled values, and passes over what has no label', () => {
  assert.deepEqual(recordOf('a:1\tjunk\turl:http://x:80/\t:y\tb:'), {
    a: '1',
    url: 'http://x:80/',
    '': 'y',
    b: '',
  });
  assert.deepEqual(recordOf(''), {});
});

test('forgets one line before the next', () => {
  const parser = testContext().make(ltsv({}));
  assert.deepEqual(parser.parse('a:1\tb:2')?.[0]?.record, { a: '1', b: '2' });
  assert.deepEqual(parser.parse('c:3')?.[0]?.record, { c: '3' });
});

test('takes other delimiters, also as an expression', () => {
  assert.deepEqual(recordOf('a=1|b=2', { delimiter: '|', labelDelimiter: '=' }), {
    a: '1',
    b: '2',
  });
  assert.deepEqual(recordOf('a=>1  b=>2', { delimiterPattern: /\s+/, labelDelimiter: '=>' }), {
    a: '1',
    b: '2',
  });
  assert.throws(() => recordOf('', { delimiter: '' }), MillraceError);
});

test('reads the time and converts fields', () => {
  const parser = testContext().make(ltsv({ timeType: 'float', types: { n: 'integer' } }));
  assert.deepEqual(parser.parse('time:1700000001.5\tn:7'), [
    { time: new EventTime(1_700_000_001, 500_000_000), record: { n: 7 } },
  ]);
});

test('keeps bytes that are not UTF-8, and the labels beside them', () => {
  const line = Buffer.concat([Buffer.from('é¦x§a¦'), Buffer.from([0xff])]);
  assert.deepEqual(recordOf(line, { delimiter: '§', labelDelimiter: '¦' }), {
    é: 'x',
    a: new RawString(Buffer.from([0xff])),
  });
});

test('keeps `__proto__` as a field', () => {
  assert.deepEqual(Object.entries(recordOf('__proto__:x') ?? {}), [['__proto__', 'x']]);
});
