import assert from 'node:assert/strict';
import test from 'node:test';
import { RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import apache2 from '../../../operators/parser/apache2.ts';

parserLaws(
  apache2,
  {},
  {
    test,
    samples: ['192.0.2.9 - eve [10/Oct/2023:13:55:36 -0700] "GET /a HTTP/1.1" 200 7 "-" "B"'],
  },
);

const parser = testContext().make(apache2({}));
const head = '192.0.2.9 - eve [10/Oct/2023:13:55:36 -0700]';
const time = new EventTime(1_696_971_336, 0);

test('reads the combined format, with code and size as integers', () => {
  assert.deepEqual(parser.parse(`${head} "GET /a b HTTP/1.1" 200 7331 "http://x/" "B \\"q\\" y"`), [
    {
      time,
      record: {
        host: '192.0.2.9',
        user: 'eve',
        method: 'GET',
        path: '/a b',
        code: 200,
        size: 7331,
        referer: 'http://x/',
        agent: 'B \\"q\\" y',
      },
    },
  ]);
});

test('has null for what the log does not say', () => {
  assert.deepEqual(parser.parse('- - - [10/Oct/2023:13:55:36 -0700] "-" - -'), [
    {
      time,
      record: {
        host: null,
        user: null,
        method: '-',
        path: null,
        code: null,
        size: null,
        referer: null,
        agent: null,
      },
    },
  ]);
});

test('keeps the time where told, and bytes that are not UTF-8', () => {
  const keeping = testContext().make(apache2({ keepTimeKey: true }));
  const line = Buffer.from(`${head} "GET /\u00ff HTTP/1.1" 404 1`, 'latin1');
  const record = keeping.parse(line)?.[0]?.record;
  assert.equal(record?.['time'], '10/Oct/2023:13:55:36 -0700');
  assert.deepEqual(record?.['path'], new RawString(Buffer.from('2fff', 'hex')));
});

test('does not match other lines, and refuses a wrong time', () => {
  assert.equal(parser.parse('no log line'), null);
  assert.equal(parser.parse(`${head} "" 400 0 "-" "-"`), null);
  assert.throws(() => parser.parse('h - - [99/Foo/2023] "GET /" 200 1'), /is no time/);
});

test('gives up on hostile lines in time proportional to their length', () => {
  const blanks = ' '.repeat(100_000);
  const quotes = `${'\\" '.repeat(30_000)}x y z`;
  for (const line of [
    `${head} "GET ${blanks}`,
    `${head} "${quotes}`,
    `${head} "GET /" 200 1 "${'\\" "'.repeat(30_000)} x y`,
    `${head} "GET /" 200 1 "${quotes}" "${quotes}`,
    '\n'.repeat(100_000),
  ]) {
    assert.equal(parser.parse(line), null);
  }
});
