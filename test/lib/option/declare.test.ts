import assert from 'node:assert/strict';
import test from 'node:test';
import * as option from '../../../lib/option/declare.ts';
import type { Given, Parsed } from '../../../lib/option/option.ts';

/** Compiles only when the two types are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<const T extends true>(claim: T): void {
  assert.equal(claim, true);
}

const shape = {
  path: option.string({ doc: 'p', required: true }),
  tag: option.string({ doc: 't' }),
  wait: option.duration({ doc: 'w', default: 1000 }),
  limit: option.size({ doc: 'l', default: 8 * 1024 ** 2 }),
  mode: option.oneOf(['fast', 'slow'], { doc: 'm', default: 'slow' }),
  kind: option.oneOf(['a', 'b'], { doc: 'k' }),
  codes: option.integers({ doc: 'c', default: [503] }),
  pattern: option.regexp({ doc: 'r' }),
  labels: option.hash({ doc: 'h', default: {} }),
  server: option.sections({ host: option.string({ doc: 'h', required: true }) }, { doc: 's' }),
  record: option.free({ doc: 'r' }),
};

test('types what a user writes', () => {
  interface Wanted {
    readonly path: string;
    readonly tag?: string | undefined;
    readonly wait?: number | string | undefined;
    readonly limit?: number | string | undefined;
    readonly mode?: 'fast' | 'slow' | undefined;
    readonly kind?: 'a' | 'b' | undefined;
    readonly codes?: readonly number[] | undefined;
    readonly pattern?: RegExp | string | undefined;
    readonly server?:
      | readonly Given<typeof shape.server.shape & { host: typeof shape.path }>[]
      | undefined;
  }
  type Keys = Exclude<keyof Given<typeof shape>, 'labels' | 'record' | 'server'>;
  same<Same<{ [K in Keys]: Given<typeof shape>[K] }, { [K in Keys]: Wanted[K] }>>(true);
  const given: Given<typeof shape> = { path: '/a', server: [{ host: 'h' }] };
  // @ts-expect-error a required option is missing
  const missing: Given<typeof shape> = { wait: '10s' };
  // @ts-expect-error a word that is not in the list
  const wrong: Given<typeof shape> = { path: '/a', mode: 'medium' };
  assert.ok(given && missing && wrong);
});

test('types what a plugin gets: undefined only where there is no default', () => {
  type Got = Parsed<typeof shape>;
  same<Same<Got['path'], string>>(true);
  same<Same<Got['tag'], string | undefined>>(true);
  same<Same<Got['wait'], number>>(true);
  same<Same<Got['limit'], number>>(true);
  same<Same<Got['mode'], 'fast' | 'slow'>>(true);
  same<Same<Got['kind'], 'a' | 'b' | undefined>>(true);
  same<Same<Got['codes'], readonly number[]>>(true);
  same<Same<Got['pattern'], RegExp | undefined>>(true);
  same<Same<Got['server'][number]['host'], string>>(true);
  same<Same<Got['record'], ReadonlyMap<string, string>>>(true);
});

test('prints a default as a person would write it', () => {
  assert.equal(shape.wait.defaultText, '1s');
  assert.equal(shape.limit.defaultText, '8m');
  assert.equal(shape.codes.defaultText, '503');
  assert.equal(shape.labels.defaultText, '{}');
  assert.equal(shape.tag.defaultText, undefined);
});

test('describes a value by a JSON Schema', () => {
  assert.deepEqual(option.integer({ doc: 'n', min: 1, max: 9 }).schema, {
    type: 'integer',
    minimum: 1,
    maximum: 9,
  });
  assert.deepEqual(shape.mode.schema, { enum: ['fast', 'slow'] });
  assert.deepEqual(shape.codes.schema, { type: 'array', items: { type: 'integer' } });
  assert.equal(option.string({ doc: 's', secret: true }).schema['writeOnly'], true);
});

test('reads values of TypeScript as they are and texts as in a configuration', () => {
  assert.equal(shape.wait.parseValue(1500), 1500);
  assert.equal(shape.wait.parseValue('1.5s'), 1500);
  assert.deepEqual(shape.codes.parseValue([1, '2']), [1, 2]);
  assert.equal(shape.pattern.parseValue(/x/)?.source, 'x');
  assert.equal(shape.pattern.parseValue('/x/')?.source, 'x');
  assert.deepEqual(shape.labels.parseValue({ a: 1 }), { a: 1 });
  assert.throws(() => shape.wait.parseValue({}), /expected a duration such as 10s, not an object/);
  assert.throws(() => shape.path.parseValue(1), /expected a text, not 1/);
  assert.throws(() => shape.codes.parseText('1,x'), /expected a whole number/);
  assert.throws(() => shape.codes.parseValue(null), /expected a list, not null/);
});

test('holds whole numbers to their bounds', () => {
  const port = option.integer({ doc: 'p', min: 1, max: 65535 });
  assert.equal(port.parseText('24224'), 24224);
  assert.throws(() => port.parseText('0'), /expected a whole number from 1 to 65535, not `0`/);
  assert.throws(() => port.parseValue(65536), /from 1 to 65535/);
  assert.throws(
    () => option.integer({ doc: 'n' }).parseText('9007199254740993'),
    /not `9007199254740993`/,
  );
});

test('repeats an option under numbered names', () => {
  const many = option.numbered('format', option.string({ doc: 'f' }));
  assert.equal(Object.keys(many).length, 20);
  const last: Parsed<typeof many>['format20'] = many.format20.parseText('x');
  assert.equal(last, 'x');
  // @ts-expect-error there are no more than twenty
  assert.equal(many.format21, undefined);
});

test('takes a reader of its own', () => {
  const even = option.custom(
    { type: 'even', fromText: (text) => Number(text) * 2 },
    { doc: 'e', required: true },
  );
  same<Same<Parsed<{ even: typeof even }>['even'], number>>(true);
  assert.equal(even.parseText('2'), 4);
  assert.equal(even.parseValue('2'), 4);
  assert.throws(() => even.parseValue(2), /expected a text, not 2/);
});

test('a JSON option takes any JSON as text, and the value itself', () => {
  const sample = option.json({ doc: 's', default: { a: [1] } });
  assert.deepEqual(sample.parseText('[{"b": 9007199254740993}, null]'), [
    { b: 9007199254740993n },
    null,
  ]);
  assert.throws(() => sample.parseText('{a'), /expected JSON, not `\{a`/);
  assert.deepEqual(sample.parseValue({ b: 2 }), { b: 2 });
  assert.equal(sample.defaultText, '{"a":[1]}');
});

test('reads paths to fields, and prints them', () => {
  const key = option.accessor({ doc: 'k', required: true });
  same<Same<Given<{ key: typeof key }>['key'], string>>(true);
  assert.equal(key.parseText('$.a[0]').get({ a: [7] }), 7);
  const keys = option.accessors({ doc: 'k', default: [key.parseText('$.a[0]')] });
  assert.equal(keys.defaultText, "$['a'][0]");
  assert.equal(keys.parseText('a, $.b').length, 2);
  assert.throws(() => key.parseText('$.a[x'), /`\$\.a\[x` is wrong/);
});

test('forgets where a RegExp of JavaScript matched last', () => {
  const pattern = shape.pattern.parseValue(/a/gi);
  assert.equal(pattern?.flags, 'i');
  assert.equal(pattern?.test('a') && pattern.test('a'), true);
});
