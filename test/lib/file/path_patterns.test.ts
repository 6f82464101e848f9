import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { PathPatterns, type PathSettings } from '../../../lib/file/path_patterns.ts';

const noonMs = Date.UTC(2024, 0, 31, 12);

function makeTree(context: TestContext, paths: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'patterns-'));
  context.after(() => rmSync(root, { recursive: true }));
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
  return root;
}

async function expand(
  root: string,
  path: string,
  settings: Partial<PathSettings> = {},
): Promise<string[]> {
  const patterns = new PathPatterns({
    globPolicy: 'backward_compatible',
    timezone: '+00:00',
    modifiedWithinMs: undefined,
    ...settings,
    paths: path.split(',').map((each) => join(root, each)),
    excluded: (settings.excluded ?? []).map((each) => join(root, each)),
  });
  return (await patterns.expand(noonMs)).map((found) => found.slice(root.length + 1));
}

test('a path without a wildcard stands for itself, whether it exists or not', async (context) => {
  const root = makeTree(context, ['a.log']);
  assert.deepEqual(await expand(root, 'a.log,none.log,a.log'), ['a.log', 'none.log']);
});

test('an asterisk stands for any characters of a visible name', async (context) => {
  const root = makeTree(context, ['a.log', 'b.log', '.c.log', 'd.txt', 'e.log/f.log']);
  assert.deepEqual(await expand(root, '*.log'), ['a.log', 'b.log']);
  assert.deepEqual(await expand(root, '*/*.log'), ['e.log/f.log']);
});

test('two asterisks stand for any number of folders, links to folders left out', async (context) => {
  const root = makeTree(context, ['a.log', 'x/b.log', 'x/y/c.log', '.h/d.log']);
  symlinkSync(join(root, 'x'), join(root, 'link'));
  assert.deepEqual(await expand(root, '**/*.log'), ['a.log', 'x/b.log', 'x/y/c.log']);
  assert.deepEqual(await expand(root, 'x/**/c.log'), ['x/y/c.log']);
});

test('other wildcards count only beside an asterisk, or by policy', async (context) => {
  const root = makeTree(context, ['a1.log', 'a2.log', 'ab.log', 'b?.log', 'c.log']);
  assert.deepEqual(await expand(root, 'b?.log'), ['b?.log']);
  assert.deepEqual(await expand(root, 'a[0-9]*'), ['a1.log', 'a2.log']);
  const extended = { globPolicy: 'extended' } as const;
  assert.deepEqual(await expand(root, 'a?.log', extended), ['a1.log', 'a2.log', 'ab.log']);
  assert.deepEqual(await expand(root, 'a[!0-9].log', extended), ['ab.log']);
});

test('braces are alternatives, also nested ones, under the policy always', async (context) => {
  const root = makeTree(context, ['a.log', 'b1.log', 'b2.log', 'c.log']);
  const patterns = new PathPatterns({
    paths: [join(root, '{a,b{1,2},x}.log')],
    excluded: [],
    globPolicy: 'always',
    timezone: undefined,
    modifiedWithinMs: undefined,
  });
  const found = (await patterns.expand(noonMs)).map((path) => path.slice(root.length + 1));
  assert.deepEqual(found, ['a.log', 'b1.log', 'b2.log']);
});

test('excluded paths are left out, by globs too', async (context) => {
  const root = makeTree(context, ['a.log', 'b.log', 'c.log.1', 'c.log.2']);
  assert.deepEqual(await expand(root, '*', { excluded: ['b.log', '*.log.*'] }), ['a.log']);
});

test('a time in a path is written in the zone asked for', async (context) => {
  const root = makeTree(context, ['app-20240131.log', 'app-20240201.log', 'old-20240131.log']);
  assert.deepEqual(await expand(root, 'app-%Y%m%d.log'), ['app-20240131.log']);
  const tokyo = { timezone: '+14:00' };
  assert.deepEqual(await expand(root, 'app-%Y%m%d.log', tokyo), ['app-20240201.log']);
  const excluded = { excluded: ['old-%Y%m%d.log'] };
  assert.deepEqual(await expand(root, '*31.log', excluded), ['app-20240131.log']);
});

test('files that were last written too long ago are left out', async (context) => {
  const root = makeTree(context, ['new.log', 'old.log']);
  utimesSync(join(root, 'new.log'), noonMs / 1000, noonMs / 1000 - 59);
  utimesSync(join(root, 'old.log'), noonMs / 1000, noonMs / 1000 - 61);
  assert.deepEqual(await expand(root, '*.log', { modifiedWithinMs: 60_000 }), ['new.log']);
});

test('knows which paths it could ever mean', () => {
  const patterns = new PathPatterns({
    paths: ['/log/app.log', '/log/day-%Y.log', '/log/*/x-%d.log', '/log/**/deep.log'],
    excluded: [],
    globPolicy: 'backward_compatible',
    timezone: undefined,
    modifiedWithinMs: undefined,
  });
  for (const path of [
    '/log/app.log',
    '/log/day-1999.log',
    '/log/a/x-12.log',
    '/log/deep.log',
    '/log/a/b/deep.log',
  ]) {
    assert(patterns.mayMean(path), path);
  }
  for (const path of ['/log/app_log', '/log/day-1/2.log', '/log/x-12.log', '/log/.a/deep.log']) {
    assert(!patterns.mayMean(path), path);
  }
});

test('an unreadable or missing folder has no files', async (context) => {
  const root = makeTree(context, ['a.log']);
  assert.deepEqual(await expand(root, 'none/*.log,a.log/*'), []);
});
