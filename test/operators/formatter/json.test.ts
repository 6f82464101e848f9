import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { type EventRecord, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { formatterLaws } from '../../../lib/testing/laws/formatter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import json from '../../../operators/formatter/json.ts';

formatterLaws(json, {}, { test });

function format(
  record: EventRecord,
  options: Parameters<typeof json>[0] = {},
): string | Uint8Array {
  return testContext().make(json(options))({ time: new EventTime(1, 2), record }, 'app');
}

test('writes a record as a line of JSON', () => {
  const record = { z: 'é\n', a: [1.5, null, true], n: 18446744073709551615n };
  assert.equal(
    Buffer.from(format(record)).toString(),
    '{"z":"é\\n","a":[1.5,null,true],"n":18446744073709551615}\n',
  );
  assert.equal(format({}), '{}\n');
});

test('ends lines as told', () => {
  assert.equal(format({}, { newline: 'crlf' }), '{}\r\n');
  assert.equal(format({}, { newline: 'crlf', addNewline: false }), '{}');
});

test('writes bytes that are not UTF-8 as they are', () => {
  const record = { é: new RawString(Buffer.from('61ff62', 'hex')) };
  assert.equal(Buffer.from(format(record)).toString('latin1'), '{"Ã©":"a\xffb"}\n');
});

test('refuses a number that JSON cannot say', () => {
  assert.throws(
    () => format({ n: Number.NaN }),
    (error) => error instanceof MillraceError && error.code === 'MR_CODEC',
  );
});
