import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { joinLines, TextGatherer } from '../../../lib/codec/line_joiner.ts';
import { JoinedLines, type LineFinder, SingleLines } from '../../../lib/file/line_finder.ts';

const isFirstLine = (line: Buffer): boolean => line[0] === 0x3e;
const unlimited = Number.POSITIVE_INFINITY;

function joined(longestTextBytes = unlimited, longestLineBytes = unlimited): JoinedLines {
  const settings = { lineBreak: 'byte', longestLineBytes } as const;
  return new JoinedLines(settings, { isFirstLine, longestTextBytes });
}

/** The texts that were found last. */
function textsOf({ lines, firsts }: LineFinder, bytes: Buffer): string[] {
  const begins = firsts ?? Array.from({ length: lines.count }, (_, line) => line);
  return begins.map((first, text) => {
    const parts: Buffer[] = [];
    for (let line = first; line < (begins[text + 1] ?? lines.count); line += 1) {
      parts.push(bytes.subarray(lines.begin(line), lines.end(line)));
    }
    return String(joinLines(parts));
  });
}

test('a text is complete when the next one begins', () => {
  const finder = joined();
  const bytes = Buffer.from('>a\r\n1\n>b\n2\n3');
  assert.equal(finder.fill(bytes, 0, 1000), 6);
  assert.deepEqual(textsOf(finder, bytes), ['>a\n1']);
  assert.equal(finder.openEnd, bytes.length - 1);
  assert.equal(finder.fill(bytes, 6, 1000), 6);
  assert.equal(finder.lines.count, 0);
  finder.fillAll(bytes, 6);
  assert.deepEqual(textsOf(finder, bytes), ['>b\n2\n3']);
});

test('a line that belongs to no text is complete', () => {
  const finder = joined();
  const bytes = Buffer.from('1\n2\n>a\n');
  assert.equal(finder.fill(bytes, 0, 1000), 4);
  assert.deepEqual(textsOf(finder, bytes), ['1', '2']);
});

test('a text whose next line is too long for it is complete, though that line is not', () => {
  const finder = joined(8);
  const bytes = Buffer.from('>a\n123');
  assert.equal(finder.fill(bytes, 0, 1000), 0);
  assert.equal(finder.openEnd, 3);
  const longer = Buffer.from('>a\n12345');
  assert.equal(finder.fill(longer, 0, 1000), 3);
  assert.deepEqual(textsOf(finder, longer), ['>a']);
});

test('a line that is too long is left out, and with it the text that it would begin', () => {
  const finder = joined(unlimited, 5);
  const bytes = Buffer.from('>a\n12345678\n1\n>b345678\n2\n>c\n');
  assert.equal(finder.fill(bytes, 0, 1000), bytes.length - 3);
  assert.deepEqual(textsOf(finder, bytes), ['>a\n1', '2']);
  assert.equal(finder.skipped, 2);
  assert.equal(finder.fill(bytes, bytes.length - 3, 1000), bytes.length - 3);
  assert.equal(finder.skipped, 0);
});

test('lines in a text that is not complete are not counted as left out', () => {
  const finder = joined(unlimited, 5);
  finder.fill(Buffer.from('>a\n12345678\n1\n'), 0, 1000);
  assert.equal(finder.skipped, 0);
});

test('single lines are found as they are', () => {
  const finder = new SingleLines({ lineBreak: 'byte', longestLineBytes: 5 });
  const bytes = Buffer.from('>a\n12345678\n1\n23');
  assert.equal(finder.fill(bytes, 0, 1000), bytes.length - 2);
  assert.deepEqual(textsOf(finder, bytes), ['>a', '1']);
  assert.equal(finder.skipped, 1);
  finder.fillAll(bytes, 0);
  assert.deepEqual(textsOf(finder, bytes), ['>a', '1', '23']);
});

test('a file that grows gives the texts of the whole, and each part of it gives the same again', () => {
  const line = fc.constantFrom('>', '>one', '', ' a', ' >b', ' much longer than that');
  const limit = fc.constantFrom(1, 6, 12, unlimited);
  const growth = fc.array(fc.nat());
  const most = fc.constantFrom(1, 2, 1000);
  fc.assert(
    fc.property(fc.array(line), growth, limit, most, (lines, cuts, longestTextBytes, mostLines) => {
      const file = Buffer.from(lines.map((each) => `${each}\n`).join(''));
      const sizes = [...cuts.map((cut) => cut % (file.length + 1)), file.length];
      sizes.sort((a, b) => a - b);
      const finder = joined(longestTextBytes);
      const texts: string[] = [];
      let offset = 0;
      const take = (bytes: Buffer, after: number): void => {
        const found = textsOf(finder, bytes);
        const again = bytes.subarray(offset, after);
        finder.fillAll(again, 0);
        assert.deepEqual(textsOf(finder, again), found);
        texts.push(...found);
        offset = after;
      };
      for (const size of sizes) {
        const bytes = file.subarray(0, size);
        for (
          let after = finder.fill(bytes, offset, mostLines);
          after > offset;
          after = finder.fill(bytes, offset, mostLines)
        ) {
          take(bytes, after);
        }
      }
      if (offset < file.length) {
        finder.fillAll(file, offset);
        take(file, file.length);
      }
      assert.deepEqual(texts, gather(lines, longestTextBytes));
    }),
  );
});

function gather(lines: readonly string[], longestTextBytes: number): string[] {
  const gatherer = new TextGatherer({ isFirstLine, longestTextBytes });
  const texts = lines.flatMap((each) => gatherer.push(Buffer.from(each)));
  const last = gatherer.flush();
  return [...texts, ...(last === undefined ? [] : [last])].map(String);
}
