import assert from 'node:assert/strict';
import test from 'node:test';
import { RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import apache from '../../../operators/parser/apache.ts';

parserLaws(
  apache,
  {},
  { test, samples: ['192.0.2.9 - eve [10/Oct/2023:13:55:36 -0700] "GET /a HTTP/1.1" 200 7'] },
);

const parser = testContext().make(apache({}));
const head = '192.0.2.9 - eve [10/Oct/2023:13:55:36 -0700]';
const time = new EventTime(1_696_971_336, 0);
const start = { host: '192.0.2.9', user: 'eve', method: 'GET' };

test('reads the common and the combined format', () => {
  const record = { ...start, path: '/a?b=c', code: '200', size: '7' };
  assert.deepEqual(parser.parse(`${head} "GET /a?b=c HTTP/1.1" 200 7`), [{ time, record }]);
  const [entry] = parser.parse(`${head} "GET /a?b=c HTTP/1.1" 200 7 "http://x/" "B (y) [z]"`) ?? [];
  assert.deepEqual(entry?.record, { ...record, referer: 'http://x/', agent: 'B (y) [z]' });
});

test('reads a request that is a method only, and one with quotes behind backslashes', () => {
  assert.deepEqual(parser.parse(`${head} "GET" 400 -`)?.[0]?.record, {
    ...start,
    code: '400',
    size: '-',
  });
  const escaped = parser.parse(`${head} "GET /a\\"b HTTP/1.1" 200 7`)?.[0]?.record;
  assert.equal(escaped?.['path'], '/a\\"b');
});

test('does not match other lines, and refuses a wrong time', () => {
  for (const line of ['', 'no log line', `${head} "GET /a" 400 1`, `${head} "GET / HTTP/1.1" 1`]) {
    assert.equal(parser.parse(line), null, line);
  }
  assert.throws(() => parser.parse('h - - [99/Foo/2023] "GET / HTTP/1.1" 200 1'), /is no time/);
});

test('keeps bytes that are not UTF-8, and converts fields', () => {
  const typed = testContext().make(apache({ types: { code: 'integer' } }));
  const line = Buffer.from(`${head} "GET /\u00ff HTTP/1.1" 404 1`, 'latin1');
  const record = typed.parse(line)?.[0]?.record;
  assert.deepEqual(record?.['path'], new RawString(Buffer.from('2fff', 'hex')));
  assert.equal(record?.['code'], 404);
});

test('gives up on hostile lines in time proportional to their length', () => {
  const blanks = ' '.repeat(100_000);
  const quotes = `${'\\" '.repeat(30_000)}x y z`;
  for (const line of [
    `${head} "GET ${blanks}`,
    `${head} "GET${blanks}x" 200 1 "`,
    `${head} "${quotes}`,
    '\n'.repeat(100_000),
    `${head} "GET / HTTP/1.1" 200 1 2${'\n'.repeat(100_000)} "`,
  ]) {
    assert.equal(parser.parse(line), null);
  }
});
