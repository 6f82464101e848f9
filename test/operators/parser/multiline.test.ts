import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { Parser } from '../../../lib/plugin/contract.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import multiline from '../../../operators/parser/multiline.ts';

parserLaws(multiline, { format1: '/^(?<time>\\d+) /', format2: '/(?<m>.*)/' }, { test });

type Options = Parameters<typeof multiline>[0];

const now = new EventTime(1_700_000_000, 5);

function make(options: Options): Parser {
  return testContext({ clock: new TestClock(now) }).make(multiline(options));
}

test('reads an event by parts that follow one another, line breaks included', () => {
  const parser = make({
    format1: '/^Started (?<verb>\\w+)/',
    format2: '/(?:\\nparam (?<param>\\w+))?/',
    format3: '/\\nDone (?<code>\\d+) (?<rest>.*)$/',
    types: { code: 'integer' },
  });
  assert.deepEqual(parser.parse('Started GET\nDone 200 a\nb'), [
    { time: now, record: { verb: 'GET', code: 200, rest: 'a\nb' } },
  ]);
});

test('reads every event in a text, passing over what lies between', () => {
  const parser = make({ format1: '/^b (?<n>\\d)$/' });
  assert.deepEqual(
    parser.parse('b 1\nb 2\njunk\nb 3\n')?.map((entry) => entry?.record['n']),
    ['1', '2', '3'],
  );
  assert.equal(parser.parse('b 1\ntail')?.at(-1), null);
  assert.deepEqual(parser.parse('x'), [null]);
});

test('gives what does not match as an event where told', () => {
  const parser = make({ format1: '/^b (?<n>\\d)$/', unmatchedLines: true });
  assert.deepEqual(parser.parse('b 1\ntail\nmore')?.[1], {
    time: now,
    record: { unmatched_line: 'tail\nmore' },
  });
  assert.deepEqual(parser.parse(Buffer.from([0xff]))?.[0]?.record, {
    unmatched_line: new RawString(Buffer.from([0xff])),
  });
});

test('ends also when the expression matches nothing at all', () => {
  assert.deepEqual(make({ format1: '/(?<n>\\d*)/' }).parse('x'), [
    { time: now, record: { n: '' } },
  ]);
});

test('tells first lines apart only where it was told how they look', () => {
  const format1 = '/(?<a>.*)/';
  assert.equal(make({ format1 }).isFirstLine, undefined);
  for (const formatFirstline of ['/^\\d{4}-/', /^\d{4}-/]) {
    const parser = make({ format1, formatFirstline });
    assert.equal(parser.isFirstLine?.('2024-02-03 x'), true);
    assert.equal(parser.isFirstLine?.(Buffer.from('2024-02-03 \xff', 'latin1')), true);
    assert.equal(parser.isFirstLine?.('  at x'), false);
  }
});

test('reads the time', () => {
  const parser = make({ format1: '/^(?<t>\\d+) (?<m>.*)$/', timeKey: 't', timeType: 'unixtime' });
  assert.deepEqual(parser.parse('1700000001 a\nb'), [
    { time: new EventTime(1_700_000_001, 0), record: { m: 'a\nb' } },
  ]);
});

test('refuses parts that are missing, wrong, without slashes or without names', () => {
  const wrong: Options[] = [
    {},
    { format1: '/(?<a>x)/', format3: '/(?<b>y)/' },
    { format2: '/(?<b>y)/' },
    { format1: '(?<a>x)' },
    { format1: '/(?<a>x/' },
    { format1: '/x/' },
    { format1: '/(?<a>x)/', formatFirstline: '^x' },
  ];
  for (const options of wrong) {
    assert.throws(
      () => make(options),
      (error) => error instanceof MillraceError && error.code === 'MR_OPTION',
    );
  }
});
