import assert from 'node:assert/strict';
import test from 'node:test';
import { RawString } from '../../../lib/event/entry.ts';
import { compileOnigmo } from '../../../lib/event/onigmo.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { captureParser } from '../../../lib/plugin/captures.ts';
import type { ParsedEntry } from '../../../lib/plugin/contract.ts';
import type { RecordRules } from '../../../lib/plugin/parse_record.ts';

const rules: RecordRules = {
  timeKey: 'time',
  keepsTimeKey: false,
  readTime: (value) => new EventTime(Number(value), 0),
  timeWithout: () => null,
  convert: undefined,
};

function parse(source: string, text: string | Uint8Array): ParsedEntry | null | undefined {
  return captureParser(compileOnigmo(source), rules).parse(text)?.[0];
}

test('makes fields of named captures that took part, in their order', () => {
  assert.equal(parse('^(?<n>\\d+)$', 'abc'), undefined);
  assert.deepEqual(parse('^(x)(?<b>\\w+)(?: (?<c>\\w+))?(?<a>!*)$', 'xy'), {
    time: null,
    record: { b: 'y', a: '' },
  });
});

test('takes the last group of a name that took part', () => {
  const source = '^(?:a(?<v>\\d)|b(?<v>\\d))(?<v>x)?$';
  assert.deepEqual(parse(source, 'a1')?.record, { v: '1' });
  assert.deepEqual(parse(source, 'b2')?.record, { v: '2' });
  assert.deepEqual(parse(source, 'b2x')?.record, { v: 'x' });
});

test('takes the time out', () => {
  assert.deepEqual(parse('(?<time>\\d+) (?<m>.*)', '5 hi'), {
    time: new EventTime(5, 0),
    record: { m: 'hi' },
  });
});

test('keeps the bytes of captures that are not UTF-8', () => {
  assert.deepEqual(
    parse('(?<a>\\S+) (?<b>\\S+) (?<c>\\S+)', Buffer.from('c3a920612062ff', 'hex')),
    {
      time: null,
      record: { a: 'é', b: 'a', c: new RawString(Buffer.from('62ff', 'hex')) },
    },
  );
});

test('makes `__proto__` a field', () => {
  assert.deepEqual(Object.entries(parse('(?<__proto__>x)', 'x')?.record ?? {}), [
    ['__proto__', 'x'],
  ]);
});

test('makes the same of expressions whose groups are not all named, or refer to one another', () => {
  const text = '"a(b" 7';
  const wanted = { q: '"', v: 'a(b', n: '7' };
  const sources = [
    /^(?<q>")(?<v>[^"]*)" (?<n>\d)$/,
    /^(?<q>")(?<v>[^"]*)\k<q> (?<n>\d)$/,
    /^(?<q>")(?<v>(a)[^"]*)" (?<n>\d)$/,
    /^(?<q>")(?<v>a\(b)(?<!x)(?<=b)" (?<n>\d)$/,
    /^(?<q>")(?<v>[(?<a>b]*)" (?<n>\d)$/,
    compileOnigmo('^(?<q>")(?<v>[^"]*+)" (?<n>(?>\\d))$'),
  ];
  for (const source of sources) {
    const [entry] = captureParser(source, rules).parse(text) ?? [];
    assert.deepEqual(entry?.record, wanted, String(source));
  }
});
