import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { JsonSplitter } from '../../../lib/codec/json_splitter.ts';
import { MillraceError } from '../../../lib/error.ts';

function split(chunks: readonly Uint8Array[], limitBytes?: number): string[] {
  const splitter = new JsonSplitter(limitBytes);
  const values: string[] = [];
  for (const chunk of chunks) {
    splitter.push(chunk);
    for (let value = splitter.next(); value; value = splitter.next()) values.push(value.toString());
  }
  const last = splitter.finish();
  return last === undefined ? values : [...values, last.toString()];
}

function refuses(run: () => unknown): void {
  assert.throws(run, (error) => error instanceof MillraceError && error.code === 'MR_CODEC');
}

test('finds values wherever the stream is split', () => {
  const separator = fc.constantFrom('', ' ', '\n', '\r\n\t');
  const container = fc.oneof(
    fc.array(fc.jsonValue(), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 4 }),
    fc.string({ unit: 'binary' }),
  );
  const document = fc.tuple(container, separator);
  fc.assert(
    fc.property(fc.array(document), fc.array(fc.nat()), (documents, cuts) => {
      const texts = documents.map(([value]) => JSON.stringify(value));
      const bytes = Buffer.from(documents.map(([, blank], index) => texts[index] + blank).join(''));
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
      places.sort((a, b) => a - b);
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      assert.deepEqual(split(chunks), texts);
    }),
  );
});

test('ends numbers and words at blanks, at the next value, and at the end of the stream', () => {
  assert.deepEqual(split([Buffer.from('1 true'), Buffer.from('x{"a":1}nu'), Buffer.from('ll')]), [
    '1',
    'truex',
    '{"a":1}',
    'null',
  ]);
});

test('refuses a stream that ends within a value', () => {
  for (const text of ['{', '["a"', '"a', '"\\', '{"a":1}{']) {
    refuses(() => split([Buffer.from(text)]));
  }
});

test('refuses a value that is longer than the limit, before all of it has come', () => {
  assert.deepEqual(split([Buffer.from('[12345678][1234'), Buffer.from('5678]')], 10), [
    '[12345678]',
    '[12345678]',
  ]);
  const splitter = new JsonSplitter(10);
  splitter.push(Buffer.from('["12345'));
  assert.equal(splitter.next(), undefined);
  splitter.push(Buffer.from('678901'));
  refuses(() => splitter.next());
});
