import assert from 'node:assert/strict';
import test from 'node:test';
import { EventTime } from '../../../lib/event/time.ts';
import { formatterLaws } from '../../../lib/testing/laws/formatter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import stdout from '../../../operators/formatter/stdout.ts';

formatterLaws(stdout, {}, { test });

function format(options: Parameters<typeof stdout>[0], timeZone = 'UTC'): unknown {
  const entry = { time: new EventTime(1_700_000_000, 42), record: { a: 1, b: 'x' } };
  return testContext({ timeZone }).make(stdout(options))(entry, 'app.web');
}

test('writes time to the nanosecond, tag and record', () => {
  assert.equal(format({}), '2023-11-14 22:13:20.000000042 +0000 app.web: {"a":1,"b":"x"}\n');
  assert.equal(
    format({}, 'America/New_York'),
    '2023-11-14 17:13:20.000000042 -0500 app.web: {"a":1,"b":"x"}\n',
  );
});

test('writes as told', () => {
  assert.equal(
    format({ timeFormat: '%H:%M:%S', outputType: 'ltsv' }),
    '22:13:20 app.web: a:1\tb:x\n',
  );
  assert.equal(format({ timeType: 'unixtime' }), '1700000000 app.web: {"a":1,"b":"x"}\n');
});
