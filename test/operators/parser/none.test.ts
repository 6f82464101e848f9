import assert from 'node:assert/strict';
import test from 'node:test';
import { RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import none from '../../../operators/parser/none.ts';

parserLaws(none, {}, { test, samples: ['', 'hello'] });

const now = new EventTime(7, 8);
const context = testContext({ clock: new TestClock(now) });

test('takes a text as it is', () => {
  const parser = context.make(none({}));
  assert.deepEqual(parser.parse('a\n'), [{ time: now, record: { message: 'a\n' } }]);
  assert.deepEqual(parser.parse(Buffer.from('')), [{ time: now, record: { message: '' } }]);
});

test('keeps bytes that are not UTF-8', () => {
  const bytes = Buffer.from('61ff62', 'hex');
  assert.deepEqual(context.make(none({ messageKey: 'm' })).parse(bytes), [
    { time: now, record: { m: new RawString(bytes) } },
  ]);
});

test('leaves the time open when told so', () => {
  const parser = context.make(none({ estimateCurrentEvent: false, messageKey: '__proto__' }));
  const [entry] = parser.parse('x') ?? [];
  assert.equal(entry?.time, null);
  assert.deepEqual(Object.entries(entry?.record ?? {}), [['__proto__', 'x']]);
});
