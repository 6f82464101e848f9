import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { ParsedConfig } from '../../../lib/config/element.ts';
import { parseConfig } from '../../../lib/config/parse.ts';
import { contextWith, folderWith, plain } from './reading.ts';

function readIn(t: TestContext, files: { readonly [path: string]: string }): ParsedConfig {
  const folder = folderWith(t, files);
  const text = (files['app.conf'] ?? '').replaceAll('@BASE@', folder);
  return parseConfig(text, join(folder, 'app.conf'), contextWith({ WHICH: 'one' }));
}

test('includes files in sections too, each relative to the file that includes it', (t) => {
  const { root, faults } = readIn(t, {
    'app.conf':
      'k 1\n<match **>\n  @include parts/store.conf # here\n</match>\n@include last.conf\nz 9',
    'parts/store.conf': '<store>\n@include more/path.conf\n</store>\nk 3',
    'parts/more/path.conf': 'path /x',
    'last.conf': 'k 2\n',
  });
  assert.deepEqual(faults, []);
  const store = { name: 'store', arg: '', attributes: { path: '/x' }, elements: [] };
  assert.deepEqual(plain(root), {
    name: 'ROOT',
    arg: '',
    attributes: { k: '2', z: '9' },
    elements: [{ name: 'match', arg: '**', attributes: { k: '3' }, elements: [store] }],
  });
});

test('includes the files of a pattern in the order of their names', (t) => {
  const { root, faults, warnings } = readIn(t, {
    'app.conf': '@include conf.d/*.conf\n@include none.d/*.conf',
    'conf.d/20.conf': 'k 20\nb 1',
    'conf.d/10.conf': 'k 10\na 1',
    'conf.d/.hidden.conf': 'k 0',
    'conf.d/x.txt': 'k 0',
  });
  assert.deepEqual([faults, warnings], [[], []]);
  assert.deepEqual([...root.attributes.keys()], ['k', 'a', 'b']);
  assert.equal(root.attributes.get('k')?.value, '20');
});

test('takes quoted paths, variables, escapes of addresses and file addresses', (t) => {
  const { root, faults } = readIn(t, {
    'app.conf': [
      `@include "#{ENV['WHICH']}.conf"`,
      '@include ${env:WHICH}.conf',
      "@include 'a b.conf'",
      '@include a%20b.conf',
      '@include file://@BASE@/c.conf',
      '@include @BASE@/100%.conf',
      '@include a+b.conf',
    ].join('\n'),
    'one.conf': '<one>\n</one>',
    'a b.conf': '<blank>\n</blank>',
    'c.conf': '<c>\n</c>',
    '100%.conf': '<percent>\n</percent>',
    'a+b.conf': '<plus>\n</plus>',
  });
  assert.deepEqual(faults, []);
  assert.deepEqual(
    root.elements.map(({ name }) => name),
    ['one', 'one', 'blank', 'blank', 'c', 'percent', 'plus'],
  );
});

test('warns of a file that is not there', (t) => {
  const { faults, warnings } = readIn(t, { 'app.conf': 'a 1\n@include none.conf' });
  assert.deepEqual(faults, []);
  assert.match(
    warnings[0]?.message ?? '',
    /^cannot include `.*none\.conf`: there is no such file$/,
  );
  assert.deepEqual([warnings[0]?.at?.line, warnings[0]?.at?.column], [2, 10]);
});

test('what cannot be included is a fault at the path', (t) => {
  const folder = { 'd/x.conf': 'k 1' };
  const faultOf = (text: string): string[] =>
    readIn(t, { ...folder, 'app.conf': text }).faults.map(
      ({ code, message, at }) =>
        `${code} ${at?.line}:${at?.column} ${message.replace(/`.*\//, '`')}`,
    );
  assert.deepEqual(faultOf('@include d'), [
    'MR_CONFIG_INCLUDE 1:10 cannot include `d`: it is a folder',
  ]);
  assert.deepEqual(faultOf('@include http://x/y'), [
    'MR_CONFIG_INCLUDE 1:10 cannot include `y`: only files can be included',
  ]);
  assert.deepEqual(faultOf('@include'), ['MR_CONFIG_SYNTAX 1:1 `@include` without a path']);
  assert.deepEqual(faultOf('<a>\n@include\n</a>'), [
    'MR_CONFIG_SYNTAX 2:1 `@include` without a path',
  ]);
});

test('a file that includes itself, even by a detour, is a fault and not an endless loop', (t) => {
  const { faults } = readIn(t, {
    'app.conf': '@include a.conf',
    'a.conf': '<x>\n@include ./b.conf\n</x>',
    'b.conf': '@include ../../../../../../../../../../../../../@BASE@/app.conf\n@include *.conf',
  });
  assert(faults.length > 0);
  for (const { message } of faults) assert.match(message, /it includes itself: .* -> /);
});

test('files that include each other through ever new links end at a limit', (t) => {
  const folder = folderWith(t, { 'a.conf': '@include x/a.conf' });
  symlinkSync('.', join(folder, 'x'));
  const { faults } = parseConfig('@include a.conf', join(folder, 'app.conf'), contextWith());
  assert.equal(faults.length, 1);
  assert.match(faults[0]?.message ?? '', /more than \d+ files include each other/);
});

test('a fault in an included file has its place there, and sections end with their file', (t) => {
  const { root, faults } = readIn(t, {
    'app.conf': '<a>\n@include one.conf\n</a>\n@include two.conf\n<d>\n</d>',
    'one.conf': 'k 1\n</a>\nz "',
    'two.conf': '<c>\nk 1',
  });
  assert.deepEqual(
    faults.map(({ message, at }) => `${at?.file.replace(/.*\//, '')}:${at?.line} ${message}`),
    [
      'one.conf:2 `</a>` closes nothing',
      'one.conf:3 this text is not closed',
      'two.conf:1 `<c>` is not closed',
    ],
  );
  assert.deepEqual(
    root.elements.map(({ name }) => name),
    ['a', 'c', 'd'],
  );
});

test('`include` at the top of any file is an old form, and in a section a key', (t) => {
  const { root, warnings, faults } = readIn(t, {
    'app.conf': 'include x.conf\n<a>\ninclude x.conf\n</a>',
    'x.conf': 'k 1',
  });
  assert.deepEqual(faults, []);
  assert.deepEqual(
    warnings.map(({ message }) => message),
    ['`include` is an old form'],
  );
  assert.deepEqual(plain(root).elements[0]?.attributes, { include: 'x.conf' });
});

test('bytes that are not UTF-8 are a fault', (t) => {
  const folder = folderWith(t, {});
  const context = {
    ...contextWith(),
    readFile: () => new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.of(0xff)),
  };
  const { faults } = parseConfig('@include x.conf', join(folder, 'app.conf'), context);
  assert.match(faults[0]?.message ?? '', /it is not UTF-8 text/);
});
