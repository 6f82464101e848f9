import assert from 'node:assert/strict';
import test from 'node:test';
import { WholeSplitter } from '../../../lib/codec/whole_splitter.ts';

test('a stream is one text, once it is over', () => {
  const splitter = new WholeSplitter(10);
  splitter.push(Buffer.from('ab\n'));
  assert.equal(splitter.next(), undefined);
  splitter.push(Buffer.from('cd'));
  splitter.finish();
  assert.equal(splitter.next()?.toString(), 'ab\ncd');
  assert.equal(splitter.next(), undefined);
});

test('an empty stream is no text', () => {
  const splitter = new WholeSplitter(10);
  splitter.finish();
  assert.equal(splitter.next(), undefined);
});

test('a stream beyond the limit is refused', () => {
  const splitter = new WholeSplitter(4);
  splitter.push(Buffer.from('abcd'));
  assert.throws(() => splitter.push(Buffer.from('e')), { code: 'MR_CODEC' });
});
