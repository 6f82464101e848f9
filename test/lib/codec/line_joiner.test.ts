import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { joinLines, TextGatherer } from '../../../lib/codec/line_joiner.ts';
import { LineSplitter } from '../../../lib/codec/lines.ts';

const isFirstLine = (line: Buffer): boolean => line[0] === 0x3e;
const unlimited = { isFirstLine, longestTextBytes: Number.POSITIVE_INFINITY };

/** All texts of a stream that comes in pieces, as text. */
function gather(pieces: readonly Buffer[], rule = unlimited): string[] {
  const splitter = new LineSplitter();
  const gatherer = new TextGatherer(rule);
  const texts: Buffer[] = [];
  for (const piece of pieces) {
    splitter.push(piece);
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
      texts.push(...gatherer.push(line));
    }
  }
  const rest = splitter.rest();
  if (rest !== undefined) texts.push(...gatherer.push(rest));
  const last = gatherer.flush();
  return [...texts, ...(last === undefined ? [] : [last])].map(String);
}

test('a line that begins a text is followed by those that begin none', () => {
  const stream = Buffer.from('>one\r\n  a\n\n  b\n>two\n>three\n  c');
  assert.deepEqual(gather([stream]), ['>one\n  a\n\n  b', '>two', '>three\n  c']);
});

test('lines that belong to no text are texts of their own, at once', () => {
  const gatherer = new TextGatherer(unlimited);
  assert.deepEqual(gatherer.push(Buffer.from('a')).map(String), ['a']);
  assert.deepEqual(gatherer.push(Buffer.from('b')).map(String), ['b']);
  assert.equal(gatherer.isOpen, false);
  assert.deepEqual(gatherer.push(Buffer.from('>c')), []);
  assert.equal(gatherer.isOpen, true);
});

test('nothing goes on with a text that was flushed', () => {
  const gatherer = new TextGatherer(unlimited);
  gatherer.push(Buffer.from('>one'));
  assert.equal(String(gatherer.flush()), '>one');
  assert.equal(gatherer.flush(), undefined);
  assert.deepEqual(gatherer.push(Buffer.from('late')).map(String), ['late']);
});

test('a text takes no line that would make it longer than the limit', () => {
  const rule = { isFirstLine, longestTextBytes: 8 };
  const stream = Buffer.from('>12\n456\n8\n>12\n4567\n>1234567\nlate\n>12\n4\n');
  assert.deepEqual(gather([stream], rule), [
    '>12\n456',
    '8',
    '>12',
    '4567',
    '>1234567',
    'late',
    '>12\n4',
  ]);
});

test('texts are the same under any split of the bytes, and hold every line once', () => {
  const line = fc.constantFrom('>', '>one', '', ' a', ' >b', 'é', '>é\xff');
  const limit = fc.constantFrom(1, 6, 12, Number.POSITIVE_INFINITY);
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat()), limit, (lines, cuts, longestTextBytes) => {
      const rule = { isFirstLine, longestTextBytes };
      const stream = Buffer.from(lines.map((each) => `${each}\n`).join(''));
      const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length];
      places.sort((a, b) => a - b);
      const pieces = places.slice(1).map((end, index) => stream.subarray(places[index], end));
      const texts = gather(pieces, rule);
      assert.deepEqual(texts, gather([stream], rule));
      assert.equal(texts.map((text) => `${text}\n`).join(''), String(stream));
      const begun = texts.filter((text) => text.startsWith('>')).length;
      assert.equal(begun, lines.filter((each) => each.startsWith('>')).length);
      for (const text of texts) {
        assert(!text.includes('\n') || Buffer.byteLength(text) < longestTextBytes);
        assert(!text.includes('\n>'));
        assert(text.startsWith('>') || !text.includes('\n'));
      }
    }),
  );
});

test('joins bytes by line feeds', () => {
  assert.equal(String(joinLines(['a', '', 'b'].map((text) => Buffer.from(text)))), 'a\n\nb');
});
