import assert from 'node:assert/strict';
import test from 'node:test';
import { RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { textOf } from '../../../lib/plugin/field_text.ts';

test('makes text of every value', () => {
  assert.equal(textOf('a'), 'a');
  assert.equal(textOf(undefined), '');
  assert.equal(textOf(null), '');
  assert.equal(textOf(false), 'false');
  assert.equal(textOf(-1.5), '-1.5');
  assert.equal(textOf(18446744073709551615n), '18446744073709551615');
  assert.equal(textOf(['x', { k: null }]), '["x",{"k":null}]');
  assert.equal(textOf(new EventTime(7, 500)), '7');
  assert.equal(textOf(new RawString(Buffer.from('61ff62', 'hex'))), 'a\ufffdb');
  assert.equal(textOf(Buffer.from('é')), 'é');
});
