import assert from 'node:assert/strict';
import test from 'node:test';
import { encode } from '@msgpack/msgpack';
import { MillraceError } from '../../../lib/error.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import msgpack from '../../../operators/parser/msgpack.ts';

parserLaws(msgpack, {}, { test, samples: [Buffer.from('81a16101', 'hex')] });

const now = new EventTime(1_700_000_000, 123_456_789);
const parser = testContext({ clock: new TestClock(now) }).make(msgpack({}));

test('reads maps one after another, and lists of maps', () => {
  const bytes = Buffer.concat([encode({ a: 1 }), encode([{ b: [null, 1.5] }, 7])]);
  assert.deepEqual(parser.parse(bytes), [
    { time: now, record: { a: 1 } },
    { time: now, record: { b: [null, 1.5] } },
    null,
  ]);
  assert.deepEqual(parser.parse(encode('x')), [null]);
});

test('passes over what is cut off, and forgets it before the next text', () => {
  assert.deepEqual(parser.parse(encode({ a: 1 }).subarray(0, 2)), []);
  assert.deepEqual(parser.parse(encode({ b: 2 })), [{ time: now, record: { b: 2 } }]);
});

test('reads the time and converts fields', () => {
  const timed = testContext().make(
    msgpack({ timeKey: 't', timeType: 'float', types: { n: 'string' } }),
  );
  assert.deepEqual(timed.parse(encode({ t: 5.5, n: 1 })), [
    { time: new EventTime(5, 500_000_000), record: { n: '1' } },
  ]);
});

test('refuses what is no MessagePack', () => {
  assert.throws(
    () => parser.parse(Buffer.from('c1', 'hex')),
    (error) => error instanceof MillraceError && error.code === 'MR_CODEC',
  );
});
