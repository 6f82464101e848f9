import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { glob, isGlob } from '../../../lib/config/glob.ts';
import { folderWith } from './reading.ts';

const files = Object.fromEntries(
  ['a.conf', 'b.conf', 'c.txt', '.h.conf', 'x/a.conf', 'x/y/b.conf', '[a].conf', 'x/é.conf'].map(
    (path) => [path, ''],
  ),
);

test('finds the paths that match, sorted, and no hidden ones', (t) => {
  const folder = folderWith(t, files);
  const cases: [pattern: string, paths: string[]][] = [
    ['*.conf', ['[a].conf', 'a.conf', 'b.conf']],
    ['?.conf', ['a.conf', 'b.conf']],
    ['[ab].conf', ['a.conf', 'b.conf']],
    ['[!a].conf', ['b.conf']],
    ['[^b-z].conf', ['a.conf']],
    ['{b,a}.conf', ['a.conf', 'b.conf']],
    ['{x/{y/b,a},c}.{conf,txt}', ['c.txt', 'x/a.conf', 'x/y/b.conf']],
    ['**/*.conf', ['[a].conf', 'a.conf', 'b.conf', 'x/a.conf', 'x/y/b.conf', 'x/é.conf']],
    ['x/**/b.conf', ['x/y/b.conf']],
    ['*/?.conf', ['x/a.conf', 'x/é.conf']],
    ['\\[a\\].conf', ['[a].conf']],
    ['.*.conf', ['.h.conf']],
    ['./a.conf', ['a.conf']],
    ['none/*.conf', []],
    ['none.conf', []],
    ['[z-a].conf', []],
    ['{a.conf', []],
    ['a.conf/*', []],
  ];
  for (const [pattern, paths] of cases) {
    const expected = paths.map((path) => join(folder, path));
    assert.deepEqual(glob(pattern, folder), expected, pattern);
    assert.deepEqual(glob(join(folder, pattern), '/nowhere'), expected, pattern);
  }
});

test('takes the folder as it is, whatever characters it has', (t) => {
  const folder = folderWith(t, { '{x}[y]*/a.conf': '' });
  assert.deepEqual(glob('*.conf', join(folder, '{x}[y]*')), [join(folder, '{x}[y]*', 'a.conf')]);
});

test('does not follow a loop of links', (t) => {
  const folder = folderWith(t, { 'a.conf': '' });
  symlinkSync('.', join(folder, 'loop'));
  assert.deepEqual(glob('**/*.conf', folder), [join(folder, 'a.conf')]);
});

test('knows a pattern from a plain path', () => {
  assert.deepEqual(['a*', '?', '[a]', '{a,b}', 'a b.conf'].map(isGlob), [
    true,
    true,
    true,
    true,
    false,
  ]);
});
