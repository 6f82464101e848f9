import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { MillraceError, Unrecoverable } from '../../../lib/error.ts';
import { appendChunk } from '../../../lib/file/append_file.ts';
import { CommitJournal, type Intent } from '../../../lib/file/commit_journal.ts';
import { stateAt } from '../../../lib/file/open_file.ts';
import { recoverWrites } from '../../../lib/file/undo_write.ts';
import { createLog, type LogLine, silentLog } from '../../../lib/log.ts';
import { temporaryFolder, writeOf } from './write_case.ts';

const failure = new Error('no more');

async function journalIn(context: TestContext, folder: string): Promise<CommitJournal> {
  const journal = await CommitJournal.open(join(folder, 'state'));
  context.after(() => journal.close());
  return journal;
}

/** The journal as the next run finds it. */
async function restart(
  context: TestContext,
  folder: string,
  log = silentLog,
): Promise<CommitJournal> {
  const journal = await journalIn(context, folder);
  await recoverWrites(journal, log);
  return journal;
}

/** What the journal says while a chunk is being appended to a file that is there. */
async function intentFor(path: string, chunk: string, mostBytes: number): Promise<Intent> {
  const state = await stateAt(path);
  assert(state !== undefined);
  return { chunk, way: 'append', path, file: state.identity, offset: state.size, mostBytes };
}

test('appends chunks, and makes the file and its folders with their permissions', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'a', 'b', 'c.log');
  const permissions = { file: 0o640, folder: 0o750 };
  await appendChunk({ ...writeOf('1', ['on', 'e\n']), permissions }, path, undefined, silentLog);
  await appendChunk({ ...writeOf('2', ['two\n']), permissions }, path, undefined, silentLog);
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
  assert.deepEqual(
    [path, join(folder, 'a'), join(folder, 'a', 'b')].map((each) => statSync(each).mode & 0o777),
    [0o640, 0o750, 0o750],
  );
});

test('writes to one path in the order of the calls, each chunk in one piece', async (context) => {
  const path = join(temporaryFolder(context), 'a.log');
  const chunks = Array.from({ length: 20 }, (_, index) => `<${index}|${index}>`);
  await Promise.all(
    chunks.map((text, index) =>
      appendChunk(writeOf(String(index), [...text]), path, undefined, silentLog),
    ),
  );
  assert.equal(readFileSync(path, 'utf8'), chunks.join(''));
});

test('a chunk that failed half way leaves nothing, and can be tried again', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'a.log');
  writeFileSync(path, 'old\n');
  for (const journal of [undefined, await journalIn(context, folder)]) {
    const failing = writeOf('1', ['ne', failure]);
    await assert.rejects(appendChunk(failing, path, journal, silentLog), failure);
    assert.equal(readFileSync(path, 'utf8'), 'old\n');
    assert.deepEqual(journal?.unfinished() ?? [], []);
  }
  await appendChunk(writeOf('1', ['ne', 'w\n']), path, undefined, silentLog);
  assert.equal(readFileSync(path, 'utf8'), 'old\nnew\n');
});

test('what failed is cut off even if the chunk was longer than it claimed', async (context) => {
  const path = join(temporaryFolder(context), 'a.log');
  const failing = { ...writeOf('1', ['long', failure]), mostBytes: 0 };
  await assert.rejects(appendChunk(failing, path, undefined, silentLog), failure);
  assert.equal(readFileSync(path, 'utf8'), '');
});

test('a write that is stopped leaves nothing', async (context) => {
  const path = join(temporaryFolder(context), 'a.log');
  const stop = new AbortController();
  async function* bytes(): AsyncIterable<Uint8Array> {
    yield Buffer.from('a');
    stop.abort();
    yield Buffer.from('b');
  }
  const write = { ...writeOf('1', []), bytes: bytes(), mostBytes: 2, signal: stop.signal };
  await assert.rejects(
    appendChunk(write, path, undefined, silentLog),
    (error) => error instanceof MillraceError && error.code === 'MR_STOPPED',
  );
  assert.equal(readFileSync(path, 'utf8'), '');
});

test('a chunk that is done is not written again, in this run or the next', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'a.log');
  const first = await journalIn(context, folder);
  await appendChunk(writeOf('1', ['one\n']), path, first, silentLog);
  await appendChunk(writeOf('1', ['one\n']), path, first, silentLog);
  const second = await restart(context, folder);
  await appendChunk(writeOf('1', ['one\n']), path, second, silentLog);
  await appendChunk(writeOf('2', ['two\n']), path, second, silentLog);
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
});

test('wherever the process ended, the chunk is there once when it has come again', async (context) => {
  const chunk = 'one\ntwo\nthree\n';
  for (let written = 0; written <= chunk.length; written += 1) {
    const folder = temporaryFolder(context);
    const path = join(folder, 'a.log');
    writeFileSync(path, 'old\n');
    const before = await journalIn(context, folder);
    await before.begin(await intentFor(path, '1', chunk.length));
    appendFileSync(path, chunk.slice(0, written));

    const after = await restart(context, folder);
    assert.equal(readFileSync(path, 'utf8'), 'old\n');
    await appendChunk(writeOf('1', [chunk]), path, after, silentLog);
    assert.equal(readFileSync(path, 'utf8'), `old\n${chunk}`);
  }
});

test('the journal never says less than what is written, though the chunk was longer than it claimed', async (context) => {
  const folder = temporaryFolder(context);
  const journal = await journalIn(context, folder);
  const noted: (number | undefined)[] = [];
  async function* pieces(): AsyncIterable<Uint8Array> {
    for (const piece of ['one\n', 'two\n', 'three\n']) {
      yield Buffer.from(piece);
      noted.push(journal.begun('1')?.mostBytes);
    }
  }
  const write = { ...writeOf('1', []), bytes: pieces(), mostBytes: 1 };
  await appendChunk(write, join(folder, 'a.log'), journal, silentLog);
  assert.deepEqual(noted, [8, 8, 28]);
});

test('what is written behind a write that was interrupted is never cut off by a later run', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'a.log');
  writeFileSync(path, 'old\n');
  const before = await journalIn(context, folder);
  await before.begin(await intentFor(path, 'lost', 100));
  appendFileSync(path, 'par');
  // The chunk never comes again: another one takes its place.
  await appendChunk(writeOf('1', ['one\n']), path, await restart(context, folder), silentLog);
  await restart(context, folder);
  assert.equal(readFileSync(path, 'utf8'), 'old\none\n');
});

test('a file that was rotated meanwhile is left alone', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'a.log');
  writeFileSync(path, 'old\n');
  const before = await journalIn(context, folder);
  await before.begin(await intentFor(path, '1', 100));
  appendFileSync(path, 'par');
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'another file\n');
  await restart(context, folder);
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'old\npar');
  assert.equal(readFileSync(path, 'utf8'), 'another file\n');
});

test('what others have appended meanwhile is left alone, and that is said', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'a.log');
  writeFileSync(path, 'old\n');
  const before = await journalIn(context, folder);
  await before.begin(await intentFor(path, '1', 10));
  appendFileSync(path, 'part and then what somebody else has written\n');
  const logged: LogLine[] = [];
  await restart(
    context,
    folder,
    createLog((line) => void logged.push(line)),
  );
  assert.match(readFileSync(path, 'utf8'), /somebody else/);
  assert.deepEqual([logged.length, logged[0]?.level], [1, 'warn']);
});

test('what another output of this process has appended meanwhile is left alone', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'a.log');
  writeFileSync(path, 'old\n');
  const before = await journalIn(context, folder);
  await before.begin(await intentFor(path, '1', 100));
  appendFileSync(path, 'par');
  const other = await journalIn(context, join(folder, 'other'));
  await appendChunk(writeOf('2', ['two\n']), path, other, silentLog);
  await restart(context, folder);
  assert.equal(readFileSync(path, 'utf8'), 'old\npartwo\n');
});

test('a file that is gone meanwhile is begun anew', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'a.log');
  writeFileSync(path, '');
  const before = await journalIn(context, folder);
  await before.begin({ ...(await intentFor(path, '1', 4)), path: join(folder, 'gone.log') });
  const journal = await restart(context, folder);
  await appendChunk(writeOf('1', ['one\n']), join(folder, 'gone.log'), journal, silentLog);
  assert.equal(readFileSync(join(folder, 'gone.log'), 'utf8'), 'one\n');
});

test('a chunk that fails while its file is renamed is cut off where it is', async (context) => {
  const path = join(temporaryFolder(context), 'a.log');
  writeFileSync(path, 'old\n');
  async function* bytes(): AsyncIterable<Uint8Array> {
    yield Buffer.from('part');
    renameSync(path, `${path}.1`);
    throw failure;
  }
  const write = { ...writeOf('1', []), bytes: bytes(), mostBytes: 7 };
  await assert.rejects(appendChunk(write, path, undefined, silentLog), failure);
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'old\n');
});

test('after an interruption that cannot be undone nothing is appended before it is', async (context) => {
  const folder = temporaryFolder(context);
  const logs = join(folder, 'logs');
  const path = join(logs, 'a.log');
  mkdirSync(logs);
  writeFileSync(path, 'old\n');
  const before = await journalIn(context, folder);
  await before.begin(await intentFor(path, '1', 100));
  appendFileSync(path, 'par');
  renameSync(logs, `${logs}.aside`);
  writeFileSync(logs, 'a file where the folder was');
  const logged: LogLine[] = [];
  const log = createLog((line) => void logged.push(line));
  const after = await restart(context, folder, log);
  assert.deepEqual([logged.length, logged[0]?.level], [1, 'warn']);

  await assert.rejects(appendChunk(writeOf('2', ['two\n']), path, after, log));
  unlinkSync(logs);
  renameSync(`${logs}.aside`, logs);
  assert.equal(readFileSync(path, 'utf8'), 'old\npar');
  await appendChunk(writeOf('2', ['two\n']), path, after, log);
  assert.equal(readFileSync(path, 'utf8'), 'old\ntwo\n');
});

test('a file that must begin with a head has it once, wherever the process ended', async (context) => {
  const head = Buffer.from('HEAD\n');
  const whole = 'HEAD\none\n';
  for (let written = 0; written <= whole.length; written += 1) {
    const folder = temporaryFolder(context);
    const path = join(folder, 'a.log');
    writeFileSync(path, '');
    const before = await journalIn(context, folder);
    await before.begin(await intentFor(path, '1', whole.length));
    appendFileSync(path, whole.slice(0, written));

    const after = await restart(context, folder);
    await appendChunk({ ...writeOf('1', ['one\n']), head }, path, after, silentLog);
    await appendChunk({ ...writeOf('2', ['two\n']), head }, path, after, silentLog);
    assert.equal(readFileSync(path, 'utf8'), `${whole}two\n`);
  }
});

test('nothing is appended behind another head, or to a file that is shorter than the head', async (context) => {
  const path = join(temporaryFolder(context), 'a.log');
  const write = { ...writeOf('1', ['one\n']), head: Buffer.from('HEAD\n') };
  for (const content of ['head\none\n', 'HE']) {
    writeFileSync(path, content);
    await assert.rejects(
      appendChunk(write, path, undefined, silentLog),
      (error) => error instanceof MillraceError && error.code === 'MR_OUTPUT' && error.retryable,
    );
    assert.equal(readFileSync(path, 'utf8'), content);
  }
});

test('what is no regular file is refused', async (context) => {
  const folder = temporaryFolder(context);
  await assert.rejects(
    appendChunk(writeOf('1', ['a']), '/dev/null', undefined, silentLog),
    (error) => error instanceof MillraceError && error.code === 'MR_OUTPUT',
  );
  await assert.rejects(
    appendChunk(writeOf('1', ['a']), folder, undefined, silentLog),
    (error) => error instanceof MillraceError && error.retryable,
  );
});

test('a name that is too long can never be written', async (context) => {
  const path = join(temporaryFolder(context), 'x'.repeat(300));
  await assert.rejects(appendChunk(writeOf('1', ['a']), path, undefined, silentLog), Unrecoverable);
});

test('a journal that cannot be written fails the write and leaves nothing in the file', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'a.log');
  const journal = await journalIn(context, folder);
  // Closing it takes away its file; the folder in its place lets no other be opened.
  await journal.close();
  renameSync(join(folder, 'state'), join(folder, 'aside'));
  await assert.rejects(
    appendChunk(writeOf('1', ['one\n']), path, journal, silentLog),
    (error) => error instanceof MillraceError && error.code === 'MR_IO' && error.retryable,
  );
  renameSync(join(folder, 'aside'), join(folder, 'state'));
  await appendChunk(writeOf('1', ['one\n']), path, journal, silentLog);
  assert.equal(readFileSync(path, 'utf8'), 'one\n');
});
