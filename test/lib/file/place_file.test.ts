import assert from 'node:assert/strict';
import { linkSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { CommitJournal } from '../../../lib/file/commit_journal.ts';
import { stateAt } from '../../../lib/file/open_file.ts';
import { placeChunk } from '../../../lib/file/place_file.ts';
import { hiddenPath, recoverWrites } from '../../../lib/file/undo_write.ts';
import { silentLog } from '../../../lib/log.ts';
import { temporaryFolder, writeOf } from './write_case.ts';

const failure = new Error('no more');

async function restart(context: TestContext, folder: string): Promise<CommitJournal> {
  const journal = await CommitJournal.open(join(folder, 'state'));
  context.after(() => journal.close());
  await recoverWrites(journal, silentLog);
  return journal;
}

/** Names and contents of the files in a folder. */
function filesIn(folder: string): { readonly [name: string]: string } {
  const names = readdirSync(folder).filter((name) => name !== 'state');
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

test('each chunk gets the first path that is free', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'a_0'), 'old');
  writeFileSync(join(folder, 'a_2'), 'old');
  const pathAt = (index: number): string => join(folder, `a_${index}`);
  assert.equal(await placeChunk(writeOf('1', ['o', 'ne']), pathAt, undefined), pathAt(1));
  assert.equal(await placeChunk(writeOf('2', ['two']), pathAt, undefined), pathAt(3));
  assert.deepEqual(filesIn(folder), { a_0: 'old', a_1: 'one', a_2: 'old', a_3: 'two' });
});

test('chunks at the same time get paths of their own', async (context) => {
  const folder = temporaryFolder(context);
  const pathAt = (index: number): string => join(folder, `a_${index}`);
  const chunks = Array.from({ length: 10 }, (_, index) => String(index));
  const paths = await Promise.all(
    chunks.map((chunk) => placeChunk(writeOf(chunk, [chunk]), pathAt, undefined)),
  );
  assert.deepEqual(
    [...paths].sort(),
    chunks.map((_, index) => pathAt(index)),
  );
  assert.deepEqual(Object.values(filesIn(folder)).sort(), chunks);
});

test('a file appears when it is whole, and nothing remains of a chunk that failed once it succeeds', async (context) => {
  const folder = temporaryFolder(context);
  const pathAt = (index: number): string => join(folder, `a_${index}`);
  await assert.rejects(placeChunk(writeOf('1', ['longer', failure]), pathAt, undefined), failure);
  assert.equal(readdirSync(folder).includes('a_0'), false);
  await placeChunk(writeOf('1', ['short']), pathAt, undefined);
  assert.deepEqual(filesIn(folder), { a_0: 'short' });
});

test('a chunk that is done is not written again, in this run or the next', async (context) => {
  const folder = temporaryFolder(context);
  const pathAt = (index: number): string => join(folder, `a_${index}`);
  const first = await restart(context, folder);
  assert.equal(await placeChunk(writeOf('1', ['one']), pathAt, first), pathAt(0));
  assert.equal(await placeChunk(writeOf('1', ['one']), pathAt, first), undefined);
  const second = await restart(context, folder);
  assert.equal(await placeChunk(writeOf('1', ['one']), pathAt, second), undefined);
  assert.deepEqual(filesIn(folder), { a_0: 'one' });
});

test('wherever the process ended, the chunk is there once when it has come again', async (context) => {
  for (const point of ['writing', 'whole', 'begun', 'named'] as const) {
    const folder = temporaryFolder(context);
    const pathAt = (index: number): string => join(folder, `a_${index}`);
    const before = await restart(context, folder);
    const hidden = hiddenPath(pathAt(0), '1');
    writeFileSync(hidden, point === 'writing' ? 'on' : 'one');
    const file = (await stateAt(hidden))?.identity ?? '';
    const intent = { chunk: '1', way: 'place', path: pathAt(0), file, offset: 0, mostBytes: 3 };
    if (point === 'begun' || point === 'named') await before.begin({ ...intent, way: 'place' });
    if (point === 'named') linkSync(hidden, pathAt(0));

    const after = await restart(context, folder);
    await placeChunk(writeOf('1', ['one']), pathAt, after);
    assert.deepEqual(filesIn(folder), { a_0: 'one' }, point);
  }
});

test('a chunk that was placed before a failure is not placed again', async (context) => {
  const folder = temporaryFolder(context);
  const pathAt = (index: number): string => join(folder, `a_${index}`);
  const journal = await restart(context, folder);
  const hidden = hiddenPath(pathAt(0), '1');
  writeFileSync(hidden, 'one');
  const file = (await stateAt(hidden))?.identity ?? '';
  await journal.begin({ chunk: '1', way: 'place', path: pathAt(0), file, offset: 0, mostBytes: 3 });
  linkSync(hidden, pathAt(0));
  assert.equal(await placeChunk(writeOf('1', ['one']), pathAt, journal), pathAt(0));
  assert.deepEqual(filesIn(folder), { a_0: 'one' });
});

test('another file that has taken the name in between is left alone', async (context) => {
  const folder = temporaryFolder(context);
  const pathAt = (index: number): string => join(folder, `a_${index}`);
  const before = await restart(context, folder);
  await before.begin({
    chunk: '1',
    way: 'place',
    path: pathAt(0),
    file: '0:0',
    offset: 0,
    mostBytes: 3,
  });
  writeFileSync(pathAt(0), 'mine');
  await placeChunk(writeOf('1', ['one']), pathAt, await restart(context, folder));
  assert.deepEqual(filesIn(folder), { a_0: 'mine', a_1: 'one' });
});
