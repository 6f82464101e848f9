import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { afterLineFeed, type LineBreak, LineTable } from '../../../lib/codec/line_table.ts';

function linesOf(bytes: Buffer, lineBreak: LineBreak = 'byte'): { lines: Buffer[]; rest: Buffer } {
  const table = new LineTable();
  const after = table.fill(bytes, 0, lineBreak);
  const lines = Array.from({ length: table.count }, (_, line) =>
    bytes.subarray(table.begin(line), table.end(line)),
  );
  return { lines, rest: bytes.subarray(after) };
}

test('finds lines, strips CRLF and leaves what has no line feed yet', () => {
  const { lines, rest } = linesOf(Buffer.from('one\r\n\ntwo\rthree\n\r\nfour\r'));
  assert.deepEqual(lines.map(String), ['one', '', 'two\rthree', '']);
  assert.equal(String(rest), 'four\r');
});

test('finds the same lines as a split at line feeds, whatever the bytes', () => {
  const byte = fc.oneof(fc.constant(10), fc.constant(13), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 60 }), (codes) => {
      const { lines, rest } = linesOf(Buffer.from(codes));
      const expected = Buffer.from(codes).toString('latin1').split('\n');
      assert.equal(rest.toString('latin1'), expected.pop());
      assert.deepEqual(
        lines.map((line) => line.toString('latin1')),
        expected.map((line) => line.replace(/\r$/, '')),
      );
    }),
  );
});

test('finds the lines of UTF-16 text of either byte order', () => {
  const unit = fc.oneof(
    fc.constantFrom('\n', '\r', '\u0a0a', '\u0a00', '\u0d00', '\u000a'),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 40 }), fc.boolean(), (units, isBig) => {
      const text = units.join('');
      const bytes = Buffer.from(text, 'utf16le');
      if (isBig) bytes.swap16();
      const read = (part: Buffer): string =>
        (isBig ? Buffer.from(part).swap16() : part).toString('utf16le');
      const { lines, rest } = linesOf(bytes, isBig ? 'utf16be' : 'utf16le');
      const expected = text.split('\n');
      assert.equal(read(rest), expected.pop());
      assert.deepEqual(
        lines.map(read),
        expected.map((line) => line.replace(/\r$/, '')),
      );
    }),
  );
});

test('stops at the number of lines asked for, and goes on from there', () => {
  const bytes = Buffer.from('a\nb\nc\n');
  const table = new LineTable();
  assert.equal(table.fill(bytes, 0, 'byte', 2), 4);
  assert.equal(table.count, 2);
  assert.equal(table.fill(bytes, 4, 'byte', 2), 6);
  assert.equal(table.count, 1);
});

test('leaves out and counts lines that are too long, line break included', () => {
  const bytes = Buffer.from('abcd\nabc\nab\r\n');
  const table = new LineTable();
  assert.equal(table.fill(bytes, 0, 'byte', 10, 4), bytes.length);
  assert.equal(table.skipped, 1);
  assert.equal(table.count, 2);
});

test('holds any number of lines', () => {
  const table = new LineTable();
  table.fill(Buffer.alloc(5000, '\n'), 0, 'byte');
  assert.equal(table.count, 5000);
  assert.equal(table.begin(4999), 4999);
  assert.equal(table.end(4999), 4999);
});

test('takes the end of a file without a line feed as a line when told to', () => {
  const bytes = Buffer.from('half a line\r');
  const table = new LineTable();
  table.fill(bytes, 0, 'byte');
  table.add(bytes, 0, bytes.length, 'byte');
  assert.equal(String(bytes.subarray(table.begin(0), table.end(0))), 'half a line');
});

test('tells that there is no line feed', () => {
  assert.equal(afterLineFeed(Buffer.from('abc'), 0, 'byte'), -1);
  assert.equal(afterLineFeed(Buffer.alloc(0), 0, 'utf16be'), -1);
});
