import assert from 'node:assert/strict';
import test from 'node:test';
import { printRuby } from '../../../lib/codec/ruby_print.ts';
import { MillraceError } from '../../../lib/error.ts';
import { type EventValue, Extension, Float, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';

test('shows nil, booleans, lists, maps and times', () => {
  const value = { 'a b': [null, true, false], t: new EventTime(5, 6), e: {}, n: 2n ** 64n };
  assert.equal(
    printRuby(value),
    '{"a b"=>[nil, true, false], "t"=>5, "e"=>{}, "n"=>18446744073709551616}',
  );
});

test('shows floats as Ruby does', () => {
  const floats = [0.1, 1e20, 1.5e300, 1e-5, 0.0001, -0, 1e16, 123456789.125];
  assert.equal(
    printRuby(floats),
    '[0.1, 1.0e+20, 1.5e+300, 1.0e-05, 0.0001, -0.0, 1.0e+16, 123456789.125]',
  );
  assert.equal(
    printRuby([new Float(1), new Float(-0), new Float(1e15)]),
    '[1.0, -0.0, 1000000000000000.0]',
  );
  assert.equal(printRuby([Number.NaN, Number.NEGATIVE_INFINITY]), '[NaN, -Infinity]');
});

test('escapes what is not printed as it is', () => {
  assert.equal(
    printRuby('é日\u00a0"\\\n\t\x1b\x00\x7f\u2028'),
    '"é日\u00a0\\"\\\\\\n\\t\\e\\u0000\\x7F\\u2028"',
  );
  assert.equal(printRuby('#{a} #$b #@c # d'), '"\\#{a} \\#$b \\#@c # d"');
  assert.equal(printRuby('\u{e0080}😀'), '"\\u{E0080}😀"');
});

test('shows bytes that are not UTF-8 by their numbers, and the rest as text', () => {
  const bytes = Buffer.from('c3a9ff0ae697', 'hex');
  assert.equal(printRuby(new RawString(bytes)), '"é\\xFF\\n\\xE6\\x97"');
  assert.equal(printRuby(new Uint8Array([0x61, 0x80])), '"a\\x80"');
});

test('refuses what is nested too deeply or unknown', () => {
  let deep: EventValue = [];
  for (let level = 0; level < 2000; level += 1) deep = [deep];
  for (const value of [deep, new Extension(5, new Uint8Array())]) {
    assert.throws(
      () => printRuby(value),
      (error) => error instanceof MillraceError && error.code === 'MR_CODEC',
    );
  }
});
