import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseJson } from '../../../lib/codec/json.ts';
import { printJson, printJsonExactly } from '../../../lib/codec/json_print.ts';
import { MillraceError } from '../../../lib/error.ts';
import { type EventValue, Extension, Float, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';

function refuses(run: () => unknown): void {
  assert.throws(run, (error) => error instanceof MillraceError && error.code === 'MR_CODEC');
}

test('prints plain records as JSON.stringify does', () => {
  const record = { a: 1, b: 'x"\n é😀\u2028', c: [true, null, 0.25, 1e21], d: { '': {} } };
  assert.equal(printJson(record), JSON.stringify(record));
});

test('prints big integers as integers and times as whole seconds', () => {
  assert.equal(
    printJson({ a: 9223372036854775807n, t: new EventTime(1_700_000_000, 5), s: 'é"' }),
    '{"a":9223372036854775807,"t":1700000000,"s":"é\\""}',
  );
});

test('prints large floats so that they are not taken for integers', () => {
  assert.equal(
    printJson([1e20, -9007199254740992, 1.5e300]),
    '[1e+20,-9.007199254740992e+15,1.5e+300]',
  );
  assert.equal(
    printJson([new Float(1), new Float(-0), new Float(0.5), new Float(1e20)]),
    '[1.0,-0.0,0.5,1e+20]',
  );
  refuses(() => printJson(new Float(Number.NaN)));
});

test('prints bytes that are not UTF-8 with replacements, and exactly on demand', () => {
  const record = { 'é"': new RawString(Buffer.from([0x61, 0xff, 0x22, 0x0a])) };
  assert.equal(printJson(record), '{"é\\"":"a\ufffd\\"\\n"}');
  assert.deepEqual(
    printJsonExactly(record),
    Buffer.concat([Buffer.from('{"é\\"":"a'), Buffer.of(0xff), Buffer.from('\\"\\n"}')]),
  );
  assert.equal(printJsonExactly({ a: 'é' }), '{"a":"é"}');
});

test('prints binary strings as the text that they hold', () => {
  const bytes = new Uint8Array(Buffer.from('\ufeffé'));
  assert.equal(printJson([bytes]), '["\ufeffé"]');
  assert.deepEqual(printJsonExactly([bytes]), Buffer.from('["\ufeffé"]'));
});

test('prints extensions so that nothing is lost', () => {
  assert.equal(printJson(new Extension(5, Buffer.of(1, 255))), '{"type":5,"hex":"01ff"}');
});

test('keys such as __proto__ and toJSON are fields', () => {
  const text = '{"__proto__":{"toJSON":1},"toJSON":9007199254740993}';
  assert.equal(printJson(parseJson(text)), text);
});

test('refuses numbers that JSON cannot say', () => {
  refuses(() => printJson({ a: Number.NaN }));
  refuses(() => printJson([Number.POSITIVE_INFINITY, 1n]));
});

test('refuses what is nested too deeply', () => {
  let plain: EventValue = 1;
  let special: EventValue = 1n;
  for (let depth = 0; depth < 100_000; depth += 1) {
    plain = [plain];
    special = { a: special };
  }
  refuses(() => printJson(plain));
  refuses(() => printJson(special));
  refuses(() => printJsonExactly(special));
});

test('what is printed is read back', () => {
  const value = fc.letrec<{ value: EventValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      fc.string({ unit: 'grapheme' }),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
      fc.bigInt().filter((n) => !Number.isSafeInteger(Number(n))),
      fc.array(tie('value')),
      fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('value'), {
        noNullPrototype: true,
      }),
    ),
  })).value;
  fc.assert(
    fc.property(value, (given) => {
      assert.deepEqual(parseJson(printJson(given)), given);
      const exact = printJsonExactly(given);
      assert.equal(
        typeof exact === 'string' ? exact : Buffer.from(exact).toString(),
        printJson(given),
      );
    }),
  );
});
