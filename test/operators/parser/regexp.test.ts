import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import type { EventValue } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import regexp from '../../../operators/parser/regexp.ts';

parserLaws(regexp, { expression: '^(?<a>\\d+) (?<b>.*)$' }, { test, samples: ['12 b'] });

type Options = Parameters<typeof regexp>[0];

function recordOf(text: string, options: Options): EventValue | undefined {
  return testContext().make(regexp(options)).parse(text)?.[0]?.record;
}

test('reads fields by named groups, in Ruby’s syntax', () => {
  const expression = '/^(?<host>\\S+) (?<code>\\h++)$/';
  assert.deepEqual(recordOf('a\nh1 beef\n', { expression }), { host: 'h1', code: 'beef' });
  assert.equal(recordOf('h1', { expression }), undefined);
});

test('takes a RegExp of JavaScript, whatever it remembers', () => {
  const parser = testContext().make(regexp({ expression: /(?<n>\d)/g }));
  assert.deepEqual(parser.parse('a1')?.[0]?.record, { n: '1' });
  assert.deepEqual(parser.parse('a1')?.[0]?.record, { n: '1' });
});

test('adds the flags of the older options', () => {
  const text = { expression: '(?<a>b.c)', ignorecase: true, multiline: true };
  assert.deepEqual(recordOf('B\nC', text), { a: 'B\nC' });
  assert.deepEqual(recordOf('B\nC', { ...text, expression: /(?<a>b.c)/i }), { a: 'B\nC' });
  assert.equal(recordOf('B\nC', { ...text, multiline: false }), undefined);
});

test('reads the time and converts fields', () => {
  const options: Options = {
    expression: '^(?<t>\\S+) (?<n>\\d+)$',
    timeKey: 't',
    timeFormat: '%Y-%m-%d',
    types: { n: 'integer' },
  };
  assert.deepEqual(testContext().make(regexp(options)).parse('2024-02-03 7'), [
    { time: new EventTime(1_706_918_400, 0), record: { n: 7 } },
  ]);
  assert.throws(
    () => testContext().make(regexp(options)).parse('soon 7'),
    (error) => error instanceof MillraceError && error.code === 'MR_TIME',
  );
});

test('refuses an expression that is wrong or names nothing', () => {
  for (const expression of ['/^(?<a>/', '/^(\\d+)$/', /(a)/]) {
    assert.throws(
      () => regexp({ expression }),
      (error) =>
        error instanceof MillraceError &&
        error.code === 'MR_OPTION' &&
        error.message.startsWith('parser `regexp`: `expression`: '),
    );
  }
});
