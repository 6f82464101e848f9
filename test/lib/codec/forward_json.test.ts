import assert from 'node:assert/strict';
import test from 'node:test';
import { decode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { encodeChunk } from '../../../lib/codec/forward.ts';
import { beginsJson, encodeJsonAck, JsonFrameSplitter } from '../../../lib/codec/forward_json.ts';

const isCodecError = { code: 'MR_CODEC' };

function drain(splitter: JsonFrameSplitter): unknown[] {
  const values: unknown[] = [];
  for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
    values.push(decode(frame));
  }
  return values;
}

test('a stream of JSON splits into its values under any split of its bytes', () => {
  const values = fc.array(
    fc
      .jsonValue({ noUnicodeString: false })
      // The decoder of the frames, which is not ours, refuses it as a key.
      .filter((value) => !JSON.stringify(value).includes('"__proto__"'))
      .map((value) => [value, '"\\}{][']),
  );
  const gaps = fc.constantFrom('', ' ', '\r\n', '\n\n\t');
  const places = fc.array(fc.nat());
  fc.assert(
    fc.property(values, gaps, places, (list, gap, where) => {
      const text = list.map((value) => JSON.stringify(value)).join(gap);
      const stream = Buffer.from(text);
      const cuts = where.map((place) => place % (stream.length + 1)).sort((a, b) => a - b);
      const splitter = new JsonFrameSplitter(1e6);
      const found = [...cuts, stream.length].flatMap((end, index) => {
        splitter.push(stream.subarray(cuts[index - 1] ?? 0, end));
        return drain(splitter);
      });
      assert.deepEqual(JSON.stringify(found), JSON.stringify(list));
      assert.ok(splitter.isBetweenValues);
    }),
  );
});

test('only an array or an object begins JSON', () => {
  assert.ok(beginsJson(Buffer.from('[')[0]) && beginsJson(Buffer.from('{')[0]));
  for (const text of ['"', '1', 'n', '\n', '']) assert.ok(!beginsJson(Buffer.from(text)[0]));
});

test('what is not JSON is refused', () => {
  for (const text of ['[{]', '["a",]', '[1]x ', '[nul]', '}', '[1}']) {
    const splitter = new JsonFrameSplitter(1e6);
    splitter.push(Buffer.from(text));
    assert.throws(() => drain(splitter), isCodecError, text);
  }
});

test('a value beyond the limit is refused before it is complete', () => {
  const splitter = new JsonFrameSplitter(10);
  splitter.push(Buffer.from('[1][2] [3,4,5,6,7,8'));
  assert.throws(() => drain(splitter), isCodecError);
});

test('JSON nested too deeply is refused', () => {
  const splitter = new JsonFrameSplitter(1e6);
  splitter.push(Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)));
  assert.throws(() => drain(splitter), isCodecError);
});

test('an ack in JSON holds the chunk as JSON', () => {
  assert.equal(Buffer.from(encodeJsonAck(encodeChunk('a"b'))).toString(), '{"ack":"a\\"b"}');
  assert.equal(
    Buffer.from(encodeJsonAck(Buffer.from('cd3039', 'hex'))).toString(),
    '{"ack":12345}',
  );
});
