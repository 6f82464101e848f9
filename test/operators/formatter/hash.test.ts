import assert from 'node:assert/strict';
import test from 'node:test';
import { EventTime } from '../../../lib/event/time.ts';
import { formatterLaws } from '../../../lib/testing/laws/formatter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import hash from '../../../operators/formatter/hash.ts';

formatterLaws(hash, {}, { test });

const entry = { time: new EventTime(1, 0), record: { a: 1, b: { c: [null, 'x'] } } };

test('writes a record as Ruby shows a hash', () => {
  assert.equal(testContext().make(hash({}))(entry, 'app'), '{"a"=>1, "b"=>{"c"=>[nil, "x"]}}\n');
});

test('ends lines as told', () => {
  const bare = { time: entry.time, record: {} };
  assert.equal(testContext().make(hash({ addNewline: false }))(bare, 'app'), '{}');
  assert.equal(testContext().make(hash({ newline: 'crlf' }))(bare, 'app'), '{}\r\n');
});
