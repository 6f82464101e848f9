import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { LineSplitter } from '../../../lib/codec/lines.ts';

function drain(splitter: LineSplitter): string[] {
  const lines: string[] = [];
  for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
    lines.push(line.toString('latin1'));
  }
  return lines;
}

test('lines come out the same under any split of the bytes', () => {
  const texts = fc.array(fc.constantFrom('a', 'bc', '\n', '\r', '\r\n', 'é'), { maxLength: 60 });
  fc.assert(
    fc.property(fc.array(texts.map((letters) => letters.join(''))), (pieces) => {
      const splitter = new LineSplitter();
      const found = pieces.flatMap((piece) => {
        splitter.push(Buffer.from(piece));
        return drain(splitter);
      });
      const whole = Buffer.from(pieces.join('')).toString('latin1');
      const expected = whole.split('\n');
      const rest = expected.pop();
      assert.deepEqual(
        found,
        expected.map((line) => line.replace(/\r$/, '')),
      );
      assert.equal(splitter.rest()?.toString('latin1') ?? '', rest);
      assert.equal(splitter.rest(), undefined);
    }),
  );
});

test('pieces that come before lines are asked for are kept', () => {
  const splitter = new LineSplitter();
  for (const piece of ['a', 'b\nc', 'd\n']) splitter.push(Buffer.from(piece));
  assert.deepEqual(drain(splitter), ['ab', 'cd']);
});

test('a line that is too long is refused, also before it ends', () => {
  const splitter = new LineSplitter(3);
  splitter.push(Buffer.from('abc\nab'));
  assert.deepEqual(drain(splitter), ['abc']);
  splitter.push(Buffer.from('cd'));
  assert.throws(() => splitter.next(), { code: 'MR_CODEC' });
  const other = new LineSplitter(3);
  other.push(Buffer.from('abcd\n'));
  assert.throws(() => other.next(), { code: 'MR_CODEC' });
});
