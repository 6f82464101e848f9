import assert from 'node:assert/strict';
import test from 'node:test';
import { type EventValue, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { formatterLaws } from '../../../lib/testing/laws/formatter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import singleValue from '../../../operators/formatter/single_value.ts';

formatterLaws(singleValue, {}, { test });

function format(message: EventValue, options: Parameters<typeof singleValue>[0] = {}): unknown {
  const entry = { time: new EventTime(1, 2), record: { message } };
  return testContext().make(singleValue(options))(entry, 'app');
}

test('writes one field and nothing else', () => {
  assert.equal(format('hello'), 'hello\n');
  assert.equal(format(12.5), '12.5\n');
  assert.equal(format('hello', { newline: 'crlf' }), 'hello\r\n');
  assert.equal(format('hello', { addNewline: false }), 'hello');
});

test('writes an empty line where the field is missing', () => {
  assert.equal(format('hello', { messageKey: 'other' }), '\n');
  assert.equal(format('hello', { messageKey: 'constructor' }), '\n');
  assert.equal(format(null), '\n');
});

test('writes bytes as they are', () => {
  const bytes = Buffer.from('ff00fe', 'hex');
  assert.deepEqual(format(bytes), Buffer.from('ff00fe0a', 'hex'));
  assert.deepEqual(format(new RawString(bytes)), Buffer.from('ff00fe0a', 'hex'));
});
