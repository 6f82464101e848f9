import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { nearest } from '../../../lib/option/nearest.ts';

const known = ['flush_interval', 'flush_mode', 'path', 'tag', 'timekey', 'timekey_wait'];

test('finds the name behind a doubled, missing, wrong or swapped letter', () => {
  assert.equal(nearest('flush_intervall', known), 'flush_interval');
  assert.equal(nearest('flsh_mode', known), 'flush_mode');
  assert.equal(nearest('timekex', known), 'timekey');
  assert.equal(nearest('tga', known), 'tag');
  assert.equal(nearest('ptah', known), 'path');
});

test('ignores case and the way words are joined', () => {
  assert.equal(nearest('flushInterval', known), 'flush_interval');
  assert.equal(nearest('TIMEKEY-WAIT', known), 'timekey_wait');
});

test('prefers the closest name, and the first of equals', () => {
  assert.equal(nearest('cat', ['bat', 'cut', 'car']), 'bat');
  assert.equal(nearest('store', ['stores', 'store']), 'store');
});

test('gives nothing when no name is close', () => {
  assert.equal(nearest('completely_other', known), undefined);
  assert.equal(nearest('xy', known), undefined);
  assert.equal(nearest('x', ['y']), undefined);
  assert.equal(nearest('x', []), undefined);
});

test('a known name is its own nearest, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.array(fc.string()), (name, others) => {
      const found = nearest(name, [name, ...others]);
      assert.equal(found, name);
    }),
  );
});

test('one edit in a name of three letters or more is always recognised', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abcdefgh'), minLength: 3, maxLength: 20 });
  fc.assert(
    fc.property(word, fc.nat(), fc.constantFrom(...'xyz'), (name, at, letter) => {
      const index = at % name.length;
      assert.equal(
        nearest(`${name.slice(0, index)}${letter}${name.slice(index + 1)}`, [name]),
        name,
      );
      assert.equal(nearest(`${name.slice(0, index)}${letter}${name.slice(index)}`, [name]), name);
    }),
  );
});
