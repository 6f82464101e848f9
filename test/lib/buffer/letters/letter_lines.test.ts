import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { deadLetterLine } from '../../../../lib/buffer/dead_letter.ts';
import { parseLetterLine } from '../../../../lib/buffer/letters/letter_lines.ts';
import { encodeEntries } from '../../../../lib/codec/entry_codec.ts';
import { EventTime } from '../../../../lib/event/time.ts';
import { entries } from '../../../../lib/testing/arbitraries.ts';

test('a line gives back exactly the event that was written', () => {
  fc.assert(
    fc.property(entries(), fc.string(), (entry, tag) => {
      const about = { plugin: 'p', reason: 'r' };
      const event = parseLetterLine(deadLetterLine(entry, tag, about).trimEnd());
      assert.deepEqual({ ...event, entry: undefined }, { tag, entry: undefined, ...about });
      assert.deepEqual(encodeEntries([event.entry]), encodeEntries([entry]));
    }),
  );
});

test('minus zero keeps its sign, wherever it is in the record', () => {
  const time = new EventTime(0, 0);
  for (const record of [{ n: -0 }, { list: [1, { n: -0 }] }]) {
    const { entry } = parseLetterLine(deadLetterLine({ time, record }, 'a', {}).trimEnd());
    assert.deepStrictEqual(entry.record, record);
  }
  assert.doesNotMatch(deadLetterLine({ time, record: { n: 0 } }, 'a', {}), /packed/);
});

test('a time that no calendar holds comes back too', () => {
  const time = new EventTime(8_640_000_000_001, 7);
  const line = deadLetterLine({ time, record: { n: 1 } }, 'a', {});
  assert.deepEqual(parseLetterLine(line.trimEnd()).entry.time, time);
});

test('what is no line of a dead letter is refused', () => {
  for (const text of ['', '[]', '{}', '{"tag":"a"}', '{"tag":"a","record":{},"time":"never"}']) {
    assert.throws(() => parseLetterLine(text), text);
  }
});
