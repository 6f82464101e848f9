import assert from 'node:assert/strict';
import test from 'node:test';
import { RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import nginx from '../../../operators/parser/nginx.ts';

parserLaws(
  nginx,
  {},
  {
    test,
    samples: ['192.0.2.9 - eve [10/Oct/2023:13:55:36 -0700] "GET /a HTTP/1.1" 200 7 "-" "B"'],
  },
);

const parser = testContext().make(nginx({}));

const head = '2001:db8::1 - eve [10/Oct/2023:13:55:36 -0700]';
const time = new EventTime(1_696_971_336, 0);

test('reads the combined format', () => {
  const line = `${head} "GET /a?b=c HTTP/1.1" 200 7331 "http://example/" "Browser (x) [y]" "10.0.0.1"`;
  assert.deepEqual(parser.parse(line), [
    {
      time,
      record: {
        remote: '2001:db8::1',
        host: '-',
        user: 'eve',
        method: 'GET',
        path: '/a?b=c',
        code: '200',
        size: '7331',
        referer: 'http://example/',
        agent: 'Browser (x) [y]',
        http_x_forwarded_for: '10.0.0.1',
      },
    },
  ]);
});

test('reads lines without referer, agent, path or protocol', () => {
  const record = { remote: '2001:db8::1', host: '-', user: 'eve' };
  assert.deepEqual(parser.parse(`${head} "-" 408 0`), [
    { time, record: { ...record, method: '-', code: '408', size: '0' } },
  ]);
  assert.deepEqual(parser.parse(Buffer.from(`${head} "GET /x" 400 1`)), [
    { time, record: { ...record, method: 'GET', path: '/x', code: '400', size: '1' } },
  ]);
});

test('keeps bytes of a request that are not UTF-8', () => {
  const line = Buffer.from(`${head} "GET /\u00ff HTTP/1.1" 400 1`, 'latin1');
  const [entry] = parser.parse(line) ?? [];
  assert.deepEqual(entry?.record['path'], new RawString(Buffer.from('2fff', 'hex')));
  assert.equal(entry?.record['method'], 'GET');
});

test('does not match other lines, and refuses a wrong time', () => {
  assert.equal(parser.parse('not a log line'), null);
  assert.equal(parser.parse(`${head} "" 400 0 "-" "-"`), null);
  assert.throws(() => parser.parse('1.1.1.1 - - [99/Foo/2023] "GET /" 200 1'), /is no time/);
});

test('takes what stands before the protocol as the path', () => {
  const pathOf = (request: string): unknown =>
    parser.parse(`${head} "${request}" 400 1`)?.[0]?.record['path'];
  assert.equal(pathOf('GET  /a b  HTTP/1.1'), '/a b');
  assert.equal(pathOf('GET /a  '), '/a');
  assert.equal(pathOf('GET /a b\tc'), '/a b\tc');
  assert.equal(pathOf('GET  '), '');
  assert.equal(pathOf('GET'), undefined);
});

test('gives up on hostile lines in time proportional to their length', () => {
  const blanks = ' '.repeat(100_000);
  assert.equal(parser.parse(`${head} "GET ${blanks}`), null);
  assert.equal(parser.parse(`${head} "GET ${blanks}x" 200 1 "x" "y" "z" "`), null);
  assert.equal(parser.parse(`${head} "GET${blanks}" 200 1 "x" "${blanks}" ${blanks}"" x`), null);
});
