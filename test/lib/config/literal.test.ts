import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { attributesOf, faultsIn, read } from './reading.ts';

/** The value of one attribute. */
function readValue(text: string, env: { readonly [name: string]: string } = {}): unknown {
  return (attributesOf(`k ${text}`, env) as { k: unknown }).k;
}

function faultOf(text: string): string | undefined {
  const { faults } = read(`k ${text}`);
  assert.equal(faults.length, 1, text);
  return `${faults[0]?.at?.column} ${faults[0]?.message}`;
}

test('an unquoted value is the line up to a comment, without escapes', () => {
  assert.equal(readValue('  a  b\\n "c" #d'), 'a  b\\n "c"');
  assert.equal(readValue('a#b\t#c'), 'a#b');
  assert.equal(readValue('#{hostname}'), '#{hostname}');
  assert.equal(readValue('%Y/${tag}.${record["x"]}'), '%Y/${tag}.${record["x"]}');
});

test('double quotes have escapes, and span lines', () => {
  assert.equal(readValue(String.raw`"\"\'\r\n\t\f\b\0\\\[\#{x}\あ"`), '"\'\r\n\t\f\b\0\\[#{x}あ');
  assert.equal(readValue('"a # b"# c'), 'a # b');
  assert.equal(readValue('"a\n\n b\\\nc"'), 'a\n\n bc');
  assert.equal(readValue('"a\r\nb\\\r\nc"'), 'a\nbc');
  assert.equal(readValue('"\n"'), '\n');
});

test('an unknown escape in double quotes is a fault that names the cure', () => {
  const { faults } = read(String.raw`k "a\d"`);
  assert.deepEqual(
    faults.map(({ message, hint, at }) => [message, hint, at?.column, at?.length]),
    [
      [
        '`\\d` is no escape in double quotes',
        'for a backslash write `\\\\d`, or use single quotes',
        5,
        2,
      ],
    ],
  );
  for (const letter of 'aceuvxzAZ19') assert.equal(faultsIn(`k "\\${letter}"`).length, 1, letter);
});

test('single quotes escape only themselves and the backslash, and end on their line', () => {
  assert.equal(readValue(String.raw`'a\'b\\c\n"#{x}\'`.concat("'")), "a'b\\c\\n\"#{x}'");
  assert.equal(readValue("'${env:NOWHERE}'"), '${env:NOWHERE}');
  assert.equal(faultOf("'abc\nd'"), '3 this text is not closed on its line');
});

test('a text whose quote is missing does not take the quote of a later line for its own', () => {
  assert.deepEqual(faultsIn('a "x\nb "y"\nc "z"'), [
    'MR_CONFIG_SYNTAX 1:3 this text is not closed',
  ]);
  assert.equal(faultOf('"abc\\'), '3 this text is not closed');
  assert.equal(faultOf('"'), '3 this text is not closed');
  assert.equal(faultOf('"a" b'), '7 text after a complete value');
});

test('faults in a text over several lines are told from a missing quote', () => {
  assert.deepEqual(faultsIn('a "x\nb ${env:NO}\nc "z"\nd ${env:NO}'), [
    'MR_CONFIG_SYNTAX 1:3 this text is not closed',
    'MR_CONFIG_EMBEDDED 2:3 environment variable NO is not set',
    'MR_CONFIG_EMBEDDED 4:3 environment variable NO is not set',
  ]);
  assert.deepEqual(faultsIn('a "x\n${env:NO} \\"y\n#{nope("}")}\n"\nd 1'), [
    'MR_CONFIG_EMBEDDED 2:1 environment variable NO is not set',
  ]);
});

test('JSON is read over several lines with comments, and given compact', () => {
  assert.equal(readValue('[ 1 , "b" ,  null, true, 1.50 ]'), '[1,"b",null,true,1.5]');
  assert.equal(
    readValue('{ # one\n "a": 1, // two\n /* three */ # four\n "b": [ ] # five\n } # six'),
    '{"a":1,"b":[]}',
  );
  assert.equal(
    readValue(String.raw`["\u3042\n\/\"", "# // /*"]`),
    String.raw`["あ\n/\"","# // /*"]`,
  );
});

test('JSON keeps the order of keys, the last of equal ones, and every digit', () => {
  assert.equal(
    readValue('{"b":1,"2":0,"1":0,"b":2,"__proto__":{"x":1}}'),
    '{"b":2,"2":0,"1":0,"__proto__":{"x":1}}',
  );
  assert.equal(readValue('[12345678901234567890, -0, 1e3]'), '[12345678901234567890,0,1000.0]');
});

test('a fault in JSON is reported where it is, with what was expected', () => {
  assert.equal(faultOf('[1,2,]'), '7 a comma before `]`');
  assert.equal(faultOf('{"a" 1}'), '8 `1` is unexpected in the JSON that begins at line 1');
  for (const json of [
    "['a']",
    '[a]',
    '[01]',
    '[NaN]',
    '[1 2]',
    '["a\tb"]',
    '[.5]',
    '["a',
    '{a:1}',
  ]) {
    assert.equal(faultsIn(`k ${json}`).length, 1, json);
  }
  assert.equal(
    read('k [a-z]+').faults[0]?.hint,
    'expected a JSON value: a text in double quotes, a number, a list or an object; a text that begins with `[` needs quotes',
  );
});

test('a block comment that is not closed in JSON is a fault', () => {
  assert.equal(faultOf('[1 /* 2]'), '6 this comment is not closed');
});

test('JSON deeper than 100 levels is a fault', () => {
  const nested = (depth: number): string => `k ${'['.repeat(depth)}${']'.repeat(depth)}`;
  assert.deepEqual(faultsIn(nested(100)), []);
  assert.equal(faultsIn(nested(101)).length, 1);
  assert.equal(faultsIn(nested(100_000)).length, 1);
});

test('JSON takes embedded values in texts as they are, and elsewhere as JSON', () => {
  const env = { NAME: 'a"b\\', PORT: '24224', LIST: '[1, 2]' };
  assert.equal(readValue('["x-#{ENV[\'NAME\']}"]', env), '["x-a\\"b\\\\"]');
  assert.equal(
    readValue('{"port": ${env:PORT}, "list": #{ENV["LIST"]}}', env),
    '{"port":24224,"list":[1,2]}',
  );
  assert.equal(readValue('[${env:NAME}]', env), '["a\\"b\\\\"]');
  assert.match(faultOf('["#{use_nil}"]') ?? '', /stands for a whole value/);
});

test('an escape that JSON does not have is read as Fluentd reads it, with a warning', () => {
  const { root, warnings } = read(String.raw`k ["\d"]`);
  assert.equal(root.attributes.get('k')?.value, '["d"]');
  assert.deepEqual(
    warnings.map(({ at }) => at?.column),
    [5],
  );
});

test('JSON that is printed by JSON.stringify reads back as the same text', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())),
      (value) => {
        const json = JSON.stringify(value);
        fc.pre(!/#\{|\$\{env:/.test(json));
        const read = readValue(json) as string;
        assert.deepEqual(JSON.parse(read), JSON.parse(json));
      },
    ),
  );
});

test('any text in double quotes with its quotes, backslashes and hashes escaped is that text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const quoted = text.replace(/["\\#$]/g, '\\$&').replaceAll('\r', '\\r');
      assert.equal(readValue(`"${quoted}"`), text);
    }),
  );
});
