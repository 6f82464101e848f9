import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { TextSplitter } from '../../../lib/plugin/text_splitter.ts';

/** An event begins at a line with a letter in front. */
const joining = { isFirstLine: (line: string | Uint8Array) => /^[a-z]/.test(line.toString()) };

function textsOf(splitter: TextSplitter): string[] {
  const texts: string[] = [];
  for (let text = splitter.next(); text !== undefined; text = splitter.next()) {
    texts.push(text.toString());
  }
  return texts;
}

test('without a rule that joins lines, each line is a text', () => {
  const splitter = new TextSplitter({});
  splitter.push(Buffer.from('a\n 1\nb'));
  assert.deepEqual(textsOf(splitter), ['a', ' 1']);
  splitter.flush();
  assert.deepEqual(textsOf(splitter), []);
  splitter.finish();
  assert.deepEqual(textsOf(splitter), ['b']);
});

test('lines that begin no event belong to the one before them', () => {
  const splitter = new TextSplitter(joining);
  splitter.push(Buffer.from('a\n 1\n 2\nb\n'));
  assert.deepEqual(textsOf(splitter), ['a\n 1\n 2']);
  assert.equal(splitter.isOpen, true);
  splitter.push(Buffer.from(' 3'));
  splitter.finish();
  assert.deepEqual(textsOf(splitter), ['b\n 3']);
});

test('a flush completes the open event, and leaves a line that is not complete', () => {
  const splitter = new TextSplitter(joining);
  splitter.push(Buffer.from('a\n 1\nb'));
  splitter.flush();
  assert.deepEqual(textsOf(splitter), ['a\n 1']);
  splitter.finish();
  assert.deepEqual(textsOf(splitter), ['b']);
});

test('the texts are the same however the bytes are split', () => {
  const lines = fc.array(fc.constantFrom('a', 'bb', ' 1', ' 22', ''), { maxLength: 12 });
  fc.assert(
    fc.property(lines, fc.array(fc.nat(6)), (given, cuts) => {
      const bytes = Buffer.from(given.join('\n'));
      const whole = new TextSplitter(joining);
      whole.push(bytes);
      whole.finish();
      const parts = new TextSplitter(joining);
      const texts: string[] = [];
      let at = 0;
      for (const cut of cuts) {
        parts.push(bytes.subarray(at, at + cut));
        at += cut;
        texts.push(...textsOf(parts));
      }
      parts.push(bytes.subarray(at));
      parts.finish();
      assert.deepEqual([...texts, ...textsOf(parts)], textsOf(whole));
    }),
  );
});
