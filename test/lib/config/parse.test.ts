import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseConfig } from '../../../lib/config/parse.ts';
import { attributesOf, contextWith, faultsIn, plain, read } from './reading.ts';

test('reads attributes and nested sections in their order', () => {
  const { root, faults, warnings } = read(
    `
a 1
<match app.** other.*>  # comment
  @type copy
  <store ignore_error>
    path /x   # comment
  </store>
  <store></store>
</match>
`.replace('  <store></store>\n', '  <store>\n  </store>\n'),
  );
  assert.deepEqual([faults, warnings], [[], []]);
  const store = { name: 'store', arg: '', attributes: {}, elements: [] };
  assert.deepEqual(plain(root), {
    name: 'ROOT',
    arg: '',
    attributes: { a: '1' },
    elements: [
      {
        name: 'match',
        arg: 'app.** other.*',
        attributes: { '@type': 'copy' },
        elements: [{ ...store, arg: 'ignore_error', attributes: { path: '/x' } }, store],
      },
    ],
  });
});

test('knows the place of keys, values, arguments and sections', () => {
  const { root } = read('a 1\n<match  b.* >\n\tkey   some value # x\n\tflag\n</match>');
  const [match] = root.elements;
  const places = [match?.at, match?.argAt, match?.attributes.get('key')?.keyAt];
  const value = match?.attributes.get('key')?.valueAt;
  assert.deepEqual(
    [...places, value].map((at) => [at?.line, at?.column, at?.length]),
    [
      [2, 1, 6],
      [2, 9, 3],
      [3, 2, 3],
      [3, 8, 10],
    ],
  );
  assert.deepEqual([value?.file, value?.source], ['app.conf', '\tkey   some value # x']);
  const flag = match?.attributes.get('flag');
  assert.deepEqual([flag?.value, flag?.valueAt], ['', flag?.keyAt]);
});

test('takes LF, CRLF and CR for line ends, and drops a byte order mark', () => {
  const expected = { k: '1', z: '2' };
  for (const end of ['\n', '\r\n', '\r']) {
    assert.deepEqual(attributesOf(`\uFEFFk 1${end}# c${end}z 2${end}`), expected);
  }
});

test('keeps the last of several attributes with one key', () => {
  assert.deepEqual(attributesOf('k 1\nz 0\nk 2'), { k: '2', z: '0' });
});

test('takes any key, such as __proto__, constructor and a quoted one with blanks', () => {
  const { root } = read('__proto__ 1\nconstructor 2\n"a b" 3\n名前 4');
  assert.deepEqual([...root.attributes.keys()], ['__proto__', 'constructor', 'a b', '名前']);
  assert.equal(root.attributes.get('__proto__')?.value, '1');
});

test('reports every fault of a text with line and column, and reads the rest', () => {
  const text = `
<source>
  @type tail
  @typ tail
  path "/var/log/a
  tag a.*
  list [1, 2,]
  code "#{Time.now}"
  file \${env:NOWHERE}
  format 'x' y
</sorce>
<match **>
  @type stdout
</match>
<label @X>
`;
  assert.deepEqual(faultsIn(text), [
    'MR_OPTION 4:3 `@typ` is unknown: keys that begin with `@` are reserved',
    'MR_CONFIG_SYNTAX 5:8 this text is not closed',
    'MR_CONFIG_SYNTAX 7:13 a comma before `]`',
    'MR_CONFIG_EMBEDDED 8:9 `#{Time.now}` is Ruby that Millrace does not run',
    'MR_CONFIG_EMBEDDED 9:8 environment variable NOWHERE is not set',
    'MR_CONFIG_SYNTAX 10:14 text after a complete value',
    'MR_CONFIG_SYNTAX 11:1 `</sorce>` does not close `<source>` of line 2',
    'MR_CONFIG_SYNTAX 15:1 `<label>` is not closed',
  ]);
  const { root } = read(text);
  assert.deepEqual(
    root.elements.map(({ name, isDamaged }) => [name, isDamaged === true]),
    [
      ['source', true],
      ['match', false],
      ['label', true],
    ],
  );
  assert.deepEqual([...(root.elements[0]?.attributes.keys() ?? [])], ['@type', '@typ', 'tag']);
});

test('goes on after JSON with a fault behind its closing bracket', () => {
  const text = 'k {\n  "a": 1,\n  "b": x,\n  "c": [2]\n}\nz 1\n';
  assert.deepEqual(faultsIn(text), [
    'MR_CONFIG_SYNTAX 3:8 `x` is unexpected in the JSON that begins at line 1',
  ]);
  assert.deepEqual(plain(read(text).root).attributes, { z: '1' });
});

test('goes on after JSON that is never closed at the next line', () => {
  const text = '<a>\nk {"a":1\nz 2\n</a>\n<b>\n</b>\n';
  const { root, faults } = read(text);
  assert.equal(faults.length, 1);
  assert.deepEqual(root.elements.map(plain), [
    { name: 'a', arg: '', attributes: { z: '2' }, elements: [] },
    { name: 'b', arg: '', attributes: {}, elements: [] },
  ]);
});

test('guesses which closing tag was forgotten, so that one mistake is one fault', () => {
  const one = (text: string, names: string[]): void => {
    const { root, faults } = read(text);
    assert.equal(faults.length, 1, text);
    assert.deepEqual(
      root.elements.map(({ name }) => name),
      names,
      text,
    );
  };
  one('<a>\n</x>\n<b>\n</b>\n', ['a', 'b']); // misspelt
  one('<a>\n</x>\nk 1\n</a>\n<b>\n</b>\n', ['a', 'b']); // one too many
  one('<a>\n<c>\n</a>\n<b>\n</b>\n', ['a', 'b']); // one too few
  one('</a>\n<b>\n</b>\n', ['b']);
  one('<a></a>\n<b>\n</b>\n', ['a', 'b']);
  one('<a> k 1\n</a>\n<b>\n</b>\n', ['a', 'b']);
  one('<a>\n</a> k\n<b>\n</b>\n', ['a', 'b']);
  one('<a>\n</a\n<b>\n</b>\n', ['a', 'b']);
  one('<a\nk 1\n</a>\n<b>\n</b>\n', ['a', 'b']);
  one('< a>\n</a>\n<b>\n</b>\n', ['a', 'b']);
  one('<a>\n</ a>\n<b>\n</b>\n', ['a', 'b']);
});

test('takes comments and line breaks inside a tag for blanks', () => {
  const { root, faults } = read('<a # why\n b c\n>\n</a # why\n>\n');
  assert.deepEqual(faults, []);
  assert.deepEqual(root.elements.map(plain), [
    { name: 'a', arg: 'b c', attributes: {}, elements: [] },
  ]);
});

test('warns of what Fluentd accepts but was hardly meant', () => {
  const warnings = (text: string): (string | undefined)[] => {
    const found = read(text);
    assert.deepEqual(found.faults, [], text);
    return found.warnings.map(({ at, message }) => `${at?.line}:${at?.column} ${message}`);
  };
  assert.deepEqual(warnings('k # c'), ['1:3 this is a value, not a comment']);
  assert.deepEqual(warnings('k #fff\nl a#b'), []);
  assert.deepEqual(warnings('<a-b>\n</a>'), [
    '1:1 what follows `<a` is its argument, not a part of the name',
  ]);
  assert.deepEqual(warnings('<match>\n<buffer>\n@foo 1\n</buffer>\n</match>'), [
    '3:1 `@foo` is unknown: keys that begin with `@` are reserved',
  ]);
});

test('an unknown key with @ is a fault at the top and in the main sections', () => {
  for (const section of ['source', 'match', 'filter', 'system']) {
    assert.equal(faultsIn(`<${section}>\n@foo 1\n</${section}>`).length, 1, section);
    assert.equal(faultsIn(`<${section}>\n@foo\n</${section}>`).length, 1, section);
  }
  assert.deepEqual(faultsIn('@foo 1'), [
    'MR_OPTION 1:1 `@foo` is unknown: keys that begin with `@` are reserved',
  ]);
  assert.equal(read('<source>\n@lable @X\n</source>').faults[0]?.hint, 'did you mean `@label`?');
});

test('thousands of sections in each other are read', () => {
  const depth = 20_000;
  const { faults } = read('<a>\n'.repeat(depth) + '</a>\n'.repeat(depth));
  assert.deepEqual(faults, []);
});

test('a value that is nested thousands of times is a fault, and the next line is read', () => {
  const deep = 20_000;
  for (const value of [
    `"#{${'('.repeat(deep)}`,
    `"#{${'"#{'.repeat(deep)}`,
    `${'${env:X:-'.repeat(deep)}${'}'.repeat(deep)}`,
    '['.repeat(deep),
  ]) {
    const { root, faults } = read(`k ${value}\nz 1`);
    assert.equal(faults.length, 1, value.slice(0, 20));
    assert.equal(root.attributes.get('z')?.value, '1');
  }
});

test('any text is read without an exception, and every fault has a place in it', () => {
  const piece = fc.constantFrom(
    ...['<', '>', '</', 'a', ' ', '\n', '\r\n', '\t', '"', "'", '\\', '#', '#{', '}', '{', '['],
    ...[']', ',', ':', '${env:', '${env:A}', '@include ', '@type', 'ENV', '||', '1', '.', '/*'],
    ...['<a>\n', '</a>\n', 'k v\n', '"x"', '//', 'use_nil', '=', '\u0000', '\u2028', '😀'],
  );
  const absent = (): never => {
    throw Object.assign(new Error('absent'), { code: 'ENOENT' });
  };
  const alone = { ...contextWith({ A: 'x' }), glob: () => [], readFile: absent };
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('');
      const lines = text.split(/\r\n|\r|\n/);
      for (const { at } of parseConfig(text, 'app.conf', alone).faults) {
        assert(at !== undefined);
        assert.equal(lines[at.line - 1], at.source);
        assert(at.column >= 1 && at.column <= at.source.length + 1 && at.length >= 1);
      }
    }),
    { numRuns: 2000 },
  );
});
