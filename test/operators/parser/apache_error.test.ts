import assert from 'node:assert/strict';
import test from 'node:test';
import { EventTime } from '../../../lib/event/time.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import apacheError from '../../../operators/parser/apache_error.ts';

parserLaws(
  apacheError,
  {},
  { test, samples: ['[Wed Oct 11 14:32:52 2000] [error] [client 192.0.2.1] denied'] },
);

const parser = testContext().make(apacheError({}));

test('reads level, pid, client and message', () => {
  const line =
    '[Thu Oct 12 09:08:07.5 2023] [core:error] [pid 1:tid 2] [client 192.0.2.1:5] AH00 x';
  assert.deepEqual(parser.parse(line), [
    {
      time: new EventTime(1_697_101_687, 500_000_000),
      record: { level: 'core:error', pid: '1:tid 2', client: '192.0.2.1:5', message: 'AH00 x' },
    },
  ]);
});

test('reads lines without pid and client', () => {
  assert.deepEqual(parser.parse('[Thu Oct 12 09:08:07 2023] [warn] [a] b')?.[0]?.record, {
    level: 'warn',
    message: '[a] b',
  });
});

test('does not match other lines, and refuses a wrong time', () => {
  for (const line of ['', 'x', '[Thu Oct 12 09:08:07 2023] warn', '['.repeat(100_000)]) {
    assert.equal(parser.parse(line), null);
  }
  assert.throws(() => parser.parse('[Thu soon] [warn] m'), /is no time/);
});
