import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { CommitJournal, type Intent } from '../../../lib/file/commit_journal.ts';

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'state');
}

function intentOf(chunk: string, offset = 0): Intent {
  return { chunk, way: 'append', path: '/log/a.log', file: '1:2', offset, mostBytes: 10 };
}

test('remembers over a restart what was begun, finished and undone', async (context) => {
  const folder = folderFor(context);
  const before = await CommitJournal.open(folder);
  await Promise.all(['a', 'b', 'c'].map((chunk, index) => before.begin(intentOf(chunk, index))));
  await before.done('a');
  await before.undo('b');
  await before.close();

  for (let restart = 0; restart < 2; restart += 1) {
    const after = await CommitJournal.open(folder);
    assert.deepEqual(after.unfinished(), [intentOf('c', 2)]);
    assert.deepEqual(
      ['a', 'b', 'c'].map((chunk) => after.isDone(chunk)),
      [true, false, false],
    );
    assert.deepEqual(after.begun('c'), intentOf('c', 2));
    assert.equal(after.begun('a'), undefined);
    await after.close();
  }
});

test('is readable without having been closed', async (context) => {
  const folder = folderFor(context);
  const before = await CommitJournal.open(folder);
  await before.begin(intentOf('a'));
  await before.done('a');
  await before.begin(intentOf('b'));
  const after = await CommitJournal.open(folder);
  assert.equal(after.isDone('a'), true);
  assert.deepEqual(after.unfinished(), [intentOf('b')]);
  await Promise.all([before.close(), after.close()]);
});

test('a later intent for a chunk replaces the earlier one', async (context) => {
  const journal = await CommitJournal.open(folderFor(context));
  await journal.begin(intentOf('a', 1));
  await journal.begin(intentOf('a', 7));
  assert.deepEqual(journal.unfinished(), [intentOf('a', 7)]);
  await journal.close();
});

test('a line that is torn or damaged is passed over, and takes no other line with it', async (context) => {
  const folder = folderFor(context);
  const journal = await CommitJournal.open(folder);
  await journal.begin(intentOf('a'));
  await journal.done('a');
  await journal.begin(intentOf('b'));
  await journal.close();
  const path = join(folder, 'commits.jsonl');
  const whole = readFileSync(path);
  const ends = [...whole.keys()].filter((at) => whole[at] === 0x0a);
  const lengths = [0, 1, ...ends.flatMap((end) => [end - 30, end - 1, end, end + 1])];
  for (const length of lengths) {
    writeFileSync(path, whole);
    truncateSync(path, length);
    const torn = await CommitJournal.open(folder);
    const lines =
      whole
        .subarray(0, length + 1)
        .toString()
        .split('\n').length - 1;
    assert.equal(torn.isDone('a'), lines >= 2, `cut at ${length}`);
    assert.equal(torn.begun('b') !== undefined, lines >= 3, `cut at ${length}`);
    await torn.done('c');
    await torn.close();
    const again = await CommitJournal.open(folder);
    assert.equal(again.isDone('c'), true);
    await again.close();
  }
  writeFileSync(path, whole);
  appendFileSync(path, '\0\0\0\n5\nnull\n{"begin":7}\n{"begin":"x"}\n{"done":"d"}\n');
  const damaged = await CommitJournal.open(folder);
  assert.deepEqual(
    [damaged.isDone('a'), damaged.isDone('d'), damaged.unfinished()],
    [true, true, [intentOf('b')]],
  );
  await damaged.close();
});

test('finished chunks of long ago are forgotten, unfinished ones never', async (context) => {
  const folder = folderFor(context);
  const journal = await CommitJournal.open(folder);
  await journal.begin(intentOf('open'));
  for (let round = 0; round < 30; round += 1) {
    const chunks = Array.from({ length: 500 }, (_, index) => `${round}-${index}`);
    await Promise.all(chunks.map((chunk) => journal.begin(intentOf(chunk))));
    await Promise.all(chunks.map((chunk) => journal.done(chunk)));
  }
  assert.deepEqual([journal.isDone('0-0'), journal.isDone('29-499')], [false, true]);
  assert(readFileSync(join(folder, 'commits.jsonl'), 'utf8').split('\n').length < 25_000);
  await journal.close();
  const after = await CommitJournal.open(folder);
  assert.deepEqual(after.unfinished(), [intentOf('open')]);
  assert.deepEqual([after.isDone('0-0'), after.isDone('29-499')], [false, true]);
  assert(readFileSync(join(folder, 'commits.jsonl'), 'utf8').split('\n').length < 1100);
  await after.close();
});

test('goes on with the file that is there when there cannot be a smaller one', async (context) => {
  const folder = folderFor(context);
  const before = await CommitJournal.open(folder);
  await before.begin(intentOf('a'));
  await before.close();
  appendFileSync(join(folder, 'commits.jsonl'), '{"done":"a"');
  mkdirSync(join(folder, 'commits.jsonl.new'));
  const journal = await CommitJournal.open(folder);
  assert.deepEqual(journal.unfinished(), [intentOf('a')]);
  await journal.done('a');
  await journal.close();
  const after = await CommitJournal.open(folder);
  assert.deepEqual([after.isDone('a'), after.unfinished()], [true, []]);
  await after.close();
});
