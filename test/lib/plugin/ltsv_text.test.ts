import assert from 'node:assert/strict';
import test from 'node:test';
import { printLtsv, usualLtsv } from '../../../lib/plugin/ltsv_text.ts';

test('prints labels and values', () => {
  assert.equal(printLtsv({ a: 1, b: 'x', c: null, d: [1] }), 'a:1\tb:x\tc:\td:[1]');
  assert.equal(printLtsv({}), '');
});

test('replaces what would break the line', () => {
  assert.equal(printLtsv({ 'a\tb': 'x\r\ny\tz' }), 'a b:x y z');
  const form = { ...usualLtsv, delimiter: ',', labelDelimiter: '=', replacement: '_' };
  assert.equal(printLtsv({ a: 'x,y', b: '\t' }, form), 'a=x_y,b=\t');
});
