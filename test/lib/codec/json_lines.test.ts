import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { encodeEntries } from '../../../lib/codec/entry_codec.ts';
import { printJson, printJsonExactly } from '../../../lib/codec/json_print.ts';
import { LineTable } from '../../../lib/codec/line_table.ts';
import { copyRecord, type Entry, setField } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { ConstantFields, UndecodedEntries } from '../../../lib/event/undecoded.ts';
import type { Parser, ReadLines } from '../../../lib/plugin/contract.ts';
import { records } from '../../../lib/testing/arbitraries.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import json from '../../../operators/parser/json.ts';
import { nastyLines } from './json_line_cases.ts';

const now = new EventTime(1_700_000_000, 123_456_789);

const optionsSeen: readonly Parameters<typeof json>[0][] = [
  { timeType: 'unixtime' },
  { timeType: 'float', keepTimeKey: true },
  { timeType: 'string', timeFormat: '%Y-%m-%dT%H:%M:%S.%N%z' },
  { timeType: 'string' },
  { timeType: 'mixed', timeFormat: '%Y', timeFormatFallbacks: ['unixtime'] },
  { timeKey: 'a', estimateCurrentEvent: false },
  { timeKey: '"\u0001\\é', timeType: 'float' },
];

const fieldsSeen: readonly ConstantFields[] = [
  [['hostname', 'web-01']],
  [
    ['a', { x: [1, 'é"'] }],
    ['new', 10n ** 18n],
    ['a', null],
  ],
  [
    ['time', 1.5],
    ['__proto__', true],
  ],
];

function make(options: Parameters<typeof json>[0] = {}): Parser {
  return testContext({ clock: new TestClock(now) }).make(json(options));
}

/** Lines of a file, each with its line feed, or the last one without. */
function read(parser: Parser, lines: readonly Buffer[], isEnded = true): ReadLines | undefined {
  const feed = Buffer.from('\n');
  const parts = lines.flatMap((line) => [line, feed]);
  const bytes = Buffer.concat(isEnded ? parts : parts.slice(0, -1));
  const table = new LineTable();
  const after = table.fill(bytes, 0, 'byte');
  if (after < bytes.length) table.add(bytes, after, bytes.length, 'byte');
  return parser.readLines?.({ bytes, table }, now);
}

interface PlainLines {
  readonly entries: readonly Entry[];
  readonly unmatched: readonly number[];
}

/** What the plain way makes of lines; undefined when one of them is not one entry or none. */
function readPlainly(parser: Parser, lines: readonly Buffer[]): PlainLines | undefined {
  const entries: Entry[] = [];
  const unmatched: number[] = [];
  for (const [index, line] of lines.entries()) {
    const parsed = tryParse(parser, line);
    if (parsed === null) unmatched.push(index);
    else {
      const [first] = parsed;
      if (parsed.length !== 1 || first == null) return undefined;
      entries.push({ time: first.time ?? now, record: first.record });
    }
  }
  return { entries, unmatched };
}

function tryParse(parser: Parser, line: Buffer): ReturnType<Parser['parse']> {
  try {
    return parser.parse(line);
  } catch {
    return null;
  }
}

function printed(entries: readonly Entry[], lineEnd: string): string {
  const parts = entries.flatMap(({ record }) => [printJsonExactly(record), lineEnd]);
  return Buffer.concat(parts.map((part) => Buffer.from(part))).toString('latin1');
}

function withFields(entries: readonly Entry[], fields: ConstantFields): Entry[] {
  return entries.map(({ time, record }) => {
    const more = copyRecord(record);
    for (const [name, value] of fields) setField(more, name, value);
    return { time, record: more };
  });
}

function assertSame(actual: UndecodedEntries, expected: readonly Entry[], about: string): void {
  const secs = expected.map(({ time }) => time.sec);
  assert.equal(actual.count, expected.length, about);
  assert.equal(actual.firstSec, Math.min(...secs), about);
  assert.equal(actual.lastSec, Math.max(...secs), about);
  assert.equal(
    Buffer.from(actual.printJson('\r\n')).toString('latin1'),
    printed(expected, '\r\n'),
    about,
  );
  assert.equal(
    Buffer.from(actual.pack()).toString('hex'),
    Buffer.from(encodeEntries(expected)).toString('hex'),
    about,
  );
  assert.deepEqual(actual.decode(), expected, about);
}

/** Compares all that can be asked of lines with the plain way. */
function compare(parser: Parser, lines: readonly Buffer[], isEnded = true): void {
  const about = lines.map((line) => line.toString('latin1')).join('\n');
  const actual = read(parser, lines, isEnded);
  const expected = readPlainly(parser, lines);
  if (actual === undefined || expected === undefined) {
    assert.equal(actual, expected, about);
    return;
  }
  assert.deepEqual(actual.unmatched, expected.unmatched, about);
  assertSame(actual.entries, expected.entries, about);
  let both: UndecodedEntries | undefined = actual.entries;
  let entries = expected.entries;
  for (const fields of fieldsSeen) {
    const one = actual.entries.withFields(fields);
    assert(one !== undefined);
    assertSame(one, withFields(expected.entries, fields), about);
    both = both?.withFields(fields);
    entries = withFields(entries, fields);
  }
  assert(both !== undefined);
  assertSame(both, entries, about);
}

for (const options of optionsSeen) {
  test(`makes the same of nasty lines as the plain way: ${JSON.stringify(options)}`, () => {
    const parser = make(options);
    for (const line of nastyLines) {
      compare(parser, [line]);
      if (line.length > 0) compare(parser, [line], false);
      compare(parser, [line, Buffer.from('{"time":7,"a":"next"}'), line]);
    }
    compare(
      parser,
      nastyLines.filter((line) => readPlainly(parser, [line]) !== undefined),
    );
  });
}

test('makes the same of any lines as the plain way', () => {
  const parsers = optionsSeen.map(make);
  const lines = fc.array(fc.oneof(printedLines(), writtenLines(), damagedLines()), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.constantFrom(...parsers), lines, fc.boolean(), (parser, some, isEnded) => {
      compare(parser, some, isEnded || some.at(-1)?.length === 0);
    }),
    { numRuns: 1000 },
  );
});

test('makes the same of lines with ever other keys as the plain way', () => {
  const parser = make();
  const line = (from: number): Buffer => {
    const fields = Array.from({ length: 40 }, (_, index) => `"k${from + index}":{"x${from}":1}`);
    return Buffer.from(`{${fields.join(',')},"time":${from}}`);
  };
  for (let block = 0; block < 10; block += 1) {
    compare(
      parser,
      Array.from({ length: 30 }, (_, index) => line(block * 30 + index)),
    );
  }
});

test('leaves lines to the plain way when all are decoded, and tries again later', () => {
  const parser = make();
  const lines = [Buffer.from('{"a":1}')];
  const isRead = (use: (entries: UndecodedEntries) => void): boolean => {
    const found = read(parser, lines);
    if (found !== undefined) use(found.entries);
    return found !== undefined;
  };
  const decoded = Array.from({ length: 200 }, () => isRead((entries) => entries.decode()));
  assert.equal(decoded.slice(0, 16).includes(false), false);
  const tried = decoded.slice(16).filter((one) => one).length;
  assert(tried > 0 && tried < 10);
  while (!isRead((entries) => entries.printJson('')));
  assert.equal(read(parser, lines) === undefined, false);
});

test('does not take lines whose fields are to be converted', () => {
  assert.equal(make({ types: { a: 'integer' } }).readLines, undefined);
  assert.equal(make({ nullEmptyString: true }).readLines, undefined);
});

/** Records as they are printed. */
function printedLines(): fc.Arbitrary<Buffer> {
  return records().map((record) => oneLine(printJson(record)));
}

/** Lines with a byte that is other, missing or more, so that they may be no JSON, or no text. */
function damagedLines(): fc.Arbitrary<Buffer> {
  const places = fc.tuple(fc.nat(1000), fc.nat(2));
  const insert = fc.oneof(
    fc.uint8Array({ maxLength: 2 }),
    fc.constantFrom(...'{}[],:"\\0 ').map(Buffer.from),
  );
  return fc.tuple(writtenLines(), places, insert).map(([line, [place, removed], more]) => {
    const at = place % (line.length + 1);
    const rest = line.subarray(Math.min(line.length, at + removed));
    return oneLine(Buffer.concat([line.subarray(0, at), more, rest]).toString('latin1'), 'latin1');
  });
}

/** JSON in any form in which it may be written. */
function writtenLines(): fc.Arbitrary<Buffer> {
  const blanks = fc.constantFrom('', '', '', '', '', '', ' ', '\t', '  ');
  const numbers = fc.oneof(
    fc.stringMatching(/^-?(0|[1-9]\d{0,17})(\.\d{1,3})?$/),
    fc.stringMatching(/^-?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{0,3})?$/),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  );
  const characters = fc.oneof(
    { weight: 8, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 6 }).map(escaped) },
    fc.string({ unit: 'grapheme', maxLength: 3 }).map(escaped),
    fc.constantFrom(
      '\\n',
      '\\"',
      '\\\\',
      '\\/',
      '\\u0041',
      '\\u001f',
      '\\u001F',
      '\\u000a',
      '\\ud800',
      '\\ud83d\\ude00',
      '\\x',
    ),
  );
  const strings = fc.array(characters, { maxLength: 4 }).map((parts) => `"${parts.join('')}"`);
  const keys = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('"time"', '"a"', '"hostname"', '"b"', '"message"') },
    fc.constantFrom('"__proto__"', '"0"', '"12"', '"007"', '""', '"\\"\\u0001\\\\é"', '"\\u0061"'),
    strings,
  );
  const { record } = fc.letrec<{ value: string; list: string; record: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      numbers,
      strings,
      fc.constantFrom('true', 'false', 'null', '1700000001', '"2024-02-03T04:05:06.7+0100"'),
      tie('list'),
      tie('record'),
    ),
    list: fc
      .tuple(fc.array(tie('value'), { maxLength: 4 }), blanks, blanks)
      .map(([values, before, after]) => `[${values.map((one) => before + one + after).join(',')}]`),
    record: fc
      .tuple(fc.array(fc.tuple(keys, tie('value')), { maxLength: 6 }), blanks, blanks)
      .map(([fields, before, after]) => {
        const parts = fields.map(([key, one]) => `${before}${key}${after}:${before}${one}${after}`);
        return `{${parts.join(',')}${after}}`;
      }),
  }));
  return fc.tuple(blanks, record, blanks).map((parts) => oneLine(parts.join('')));
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function oneLine(text: string, encoding: 'utf8' | 'latin1' = 'utf8'): Buffer {
  return Buffer.from(text.replaceAll('\n', ' '), encoding);
}
