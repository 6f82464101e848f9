import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { Catalog } from '../../../lib/plugin/catalog.ts';

const source = (kind: string, type: string): string =>
  `export default Object.assign(() => {}, { kind: '${kind}', type: '${type}', doc: '', options: {}, create() {} });`;

/** A folder of plugins: files by path. */
async function root(
  context: TestContext,
  files: { readonly [path: string]: string },
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'catalog-'));
  context.after(() => rm(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

async function refuses(loading: Promise<unknown>, message: RegExp, hint?: string): Promise<void> {
  await assert.rejects(loading, (error) => {
    assert(error instanceof MillraceError && error.code === 'MR_PLUGIN');
    assert.match(error.message, message);
    assert.equal(error.hint, hint);
    return true;
  });
}

test('finds a plugin by its kind and the name of its file', async (context) => {
  const folder = await root(context, {
    'output/words.mjs': source('output', 'words'),
    'input/words.mjs': source('input', 'words'),
  });
  const catalog = new Catalog([folder]);
  assert.equal((await catalog.load('output', 'words')).kind, 'output');
  assert.equal((await catalog.load('input', 'words')).kind, 'input');
  assert.equal(await catalog.load('input', 'words'), await catalog.load('input', 'words'));
  assert.equal(await catalog.find('parser', 'words'), undefined);
});

test('prefers the plugins of the first root', async (context) => {
  const first = await root(context, { 'filter/words.mjs': source('filter', 'first') });
  const second = await root(context, { 'filter/words.mjs': source('filter', 'second') });
  assert.equal((await new Catalog([first, second]).load('filter', 'words')).type, 'first');
});

test('names the nearest plugin when there is none', async (context) => {
  const folder = await root(context, {
    'output/vessel_words.mjs': source('output', 'vessel_words'),
  });
  await refuses(
    new Catalog([folder]).load('output', 'vessel_wrods'),
    /there is no output `vessel_wrods`/,
    'did you mean `vessel_words`?',
  );
});

test('never leaves its folders, whatever the type is', async (context) => {
  const folder = await root(context, { 'words.mjs': source('output', 'words') });
  for (const type of ['../words', './words', '', 'words.mjs', '/etc/passwd']) {
    assert.equal(await new Catalog([folder]).find('output', type), undefined);
  }
});

test('says why a plugin cannot be loaded', async (context) => {
  const folder = await root(context, {
    'output/broken.mjs': 'throw new Error("not today");',
    'output/lacking.mjs': 'import "no-such-package-anywhere";',
    'output/scoped.mjs': 'import "@no-such/package";',
    'output/required.mjs':
      'import { createRequire } from "node:module"; createRequire(import.meta.url)("no-such-package");',
    'output/torn.mjs': 'import "./gone.mjs";',
    'output/other.mjs': source('input', 'other'),
    'output/plain.mjs': 'export const a = 1;',
  });
  const catalog = new Catalog([folder]);
  await refuses(
    catalog.load('output', 'broken'),
    /output `broken` .* cannot be loaded: .*not today/,
  );
  for (const [type, name] of [
    ['lacking', 'no-such-package-anywhere'],
    ['scoped', '@no-such/package'],
    ['required', 'no-such-package'],
  ] as const) {
    const message = new RegExp(`the package \`${name}\` that it needs is not installed$`);
    await refuses(catalog.load('output', type), message);
  }
  await refuses(catalog.load('output', 'torn'), /Cannot find module '.*gone\.mjs'/);
  await refuses(catalog.load('output', 'other'), /must export a plugin of kind output/);
  await refuses(catalog.load('output', 'plain'), /must export a plugin of kind output/);
});

test('lists the types of a kind, its own among them, without files that are no plugins', async (context) => {
  const folder = await root(context, {
    'parser/words.mjs': source('parser', 'words'),
    'parser/notes.txt': '',
    'parser/words.d.ts': '',
    'parser/words.test.mjs': '',
    'parser/other-words.mjs': '',
    'parser/.mjs': '',
  });
  const types = await new Catalog([folder]).types('parser');
  assert.equal(types.includes('words'), true);
  for (const none of ['notes', 'words.d', 'words.test', 'other-words', '']) {
    assert.equal(types.includes(none), false);
  }
  assert.deepEqual(types, [...types].sort());
});

test('a folder that cannot be read is told, one that is not there is not', async (context) => {
  const folder = await root(context, { 'input/words.mjs': source('input', 'words') });
  const catalog = new Catalog([folder]);
  assert.equal(await catalog.find('route', 'words'), undefined);
  await symlink('filter', join(folder, 'filter'));
  await refuses(catalog.load('filter', 'words'), /the plugin folder .*filter cannot be read/);
  await refuses(catalog.types('filter'), /cannot be read/);
});
