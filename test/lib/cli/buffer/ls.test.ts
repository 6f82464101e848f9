import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'node:test';
import { describeRefusal } from '../../../../lib/cli/buffer/locate.ts';
import { ls } from '../../../../lib/cli/buffer/ls.ts';
import { TestClock } from '../../../../lib/testing/test_clock.ts';
import { systemError } from '../../buffer/faulty_files.ts';
import { testTerminal } from '../test_terminal.ts';
import {
  addChunk,
  bufferWith,
  createdMs,
  damage,
  runBuffer,
  storeIn,
  temporaryFolder,
} from './buffer_rig.ts';

const one = { records: [{ a: 1 }] };

test('lists a line a chunk, and what all come to', async (t) => {
  const { folder, paths } = await bufferWith(t, [
    { ...one, tag: 'app.web', timekey: createdMs / 1000, variables: { level: 'error', n: null } },
    { records: [{ a: 1 }, { a: 2 }, { a: 3 }], isStaged: true },
  ]);
  const terminal = testTerminal();
  const clock = new TestClock({ sec: createdMs / 1000 + 3 * 3600 + 12 * 60, nsec: 0 });
  assert.equal(await ls([folder], { sort: 'age' }, terminal, clock), 0);
  const lines = terminal.outText().split('\n');
  const [first = '', second = ''] = paths.map((path) => basename(path).slice(0, 32));
  const sizes = paths.map((path) => statSync(path).size);
  const bytes = (sizes[0] ?? 0) + (sizes[1] ?? 0);
  assert.deepEqual(lines, [
    folder,
    'CHUNK                             STATE        EVENTS     BYTES      AGE  TAG  KEY',
    `${first}  queued            1     ${sizes[0]} B   3h 12m  app.web  2024-03-05T03:45:00Z level=error n=null`,
    `${second}  staged            3     ${sizes[1]} B   3h 12m  app`,
    `2 chunks (1 staged, 1 queued), 4 events, ${bytes} B, oldest 3h 12m; 0 dead letters, 0 in quarantine; not in use`,
    '',
  ]);
  assert.equal(terminal.errText(), '');
});

test('prints a line of JSON for each chunk and each folder', async (t) => {
  const { folder, paths } = await bufferWith(t, [{ ...one, variables: { n: 5 } }]);
  const { code, err, lines } = await runBuffer('ls', '--json', folder);
  assert.deepEqual([code, err], [0, '']);
  const [chunk, total] = lines();
  assert.equal(chunk.path, paths[0]);
  assert.deepEqual(
    [chunk.type, chunk.state, chunk.tag, chunk.events, chunk.created, chunk.key],
    ['chunk', 'queued', 'app', 1, '2024-03-05T03:45:00Z', { tag: 'app', variables: { n: 5 } }],
  );
  assert.deepEqual(
    [total.type, total.folder, total.chunks, total.events, total.oldest, total.holder],
    ['folder', folder, 1, 1, '2024-03-05T03:45:00Z', undefined],
  );
});

test('a folder above finds all buffers below it, and tells who uses them', async (t) => {
  const root = temporaryFolder(t);
  const folders = ['a', 'b'].map((id) => join(root, 'worker0', id, 'buffer'));
  const [first = '', second = ''] = folders;
  const left = await storeIn(first);
  addChunk(left, one);
  await left.close();
  mkdirSync(join(root, 'worker0', 'a', 'dead_letter'));
  writeFileSync(join(root, 'worker0', 'a', 'dead_letter', 'x.reason.json'), '{}');
  const living = await storeIn(second);
  t.after(() => living.close());
  addChunk(living, { ...one, isStaged: true });
  const { out } = await runBuffer('ls', root);
  const [above = '', below = ''] = out.split('\n\n');
  assert.match(above, /1 dead letter, 0 in quarantine; not in use$/);
  assert(below.startsWith(second));
  assert.match(below, new RegExp(`; in use by process ${process.pid}\n$`));
});

test('an empty buffer is told as one without chunks', async (t) => {
  const { folder } = await bufferWith(t, []);
  const { code, out } = await runBuffer('ls', folder);
  assert.equal(code, 0);
  assert.equal(
    out,
    `${folder}\n0 chunks (0 staged, 0 queued), 0 events, 0 B; 0 dead letters, 0 in quarantine; not in use\n`,
  );
});

test('the largest come first when asked for, and only so many', async (t) => {
  const sizes = [2, 9, 1, 5];
  const recipes = sizes.map((size) => ({ records: new Array(size).fill({ a: 1 }) }));
  const { folder } = await bufferWith(t, recipes);
  const sorted = await runBuffer('ls', '--sort', 'events', '--limit', '2', '--json', folder);
  const [first, second, total] = sorted.lines();
  assert.deepEqual([first.events, second.events, total.chunks], [9, 5, 4]);
  const oldest = await runBuffer('ls', '--limit', '1', folder);
  assert.match(oldest.out, / 2 {5}.*\n\(and 3 more\)\n4 chunks/);
});

test('damage that a short look shows is told, and so are files of others', async (t) => {
  const { folder, paths } = await bufferWith(t, [one, one]);
  damage(paths[0] ?? '', () => Buffer.from('nothing of a chunk'));
  writeFileSync(join(folder, 'notes\u001b[31m.txt'), '');
  const { out } = await runBuffer('ls', folder);
  assert.match(
    out,
    /queued {12}0 {6}18 B {8}\? {2}DAMAGED: the head of the chunk file is damaged\n/,
  );
  assert.match(out, /\n1 file of others: notes\\u001b\[31m\.txt\n$/);
});

test('a tag or a key cannot move the cursor', async (t) => {
  const { folder } = await bufferWith(t, [
    { ...one, tag: 'a\u001b[2J', variables: { 'x\n': '\u009bb' } },
  ]);
  const { out } = await runBuffer('ls', folder);
  assert(out.includes('  a\\u001b[2J  x\\u000a=\\u009bb\n'));
});

test('what is no buffer is refused with what it is, and what would be one', async (t) => {
  const root = temporaryFolder(t);
  const missing = await runBuffer('ls', join(root, 'nowhere'));
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^error\[MR_BUFFER\]: there is no `.*nowhere`\n {2}= give the folder/);
  const empty = await runBuffer('ls', root);
  assert.match(empty.err, /is no buffer folder, and none is below it\n {2}= a buffer folder holds/);
  writeFileSync(join(root, `buffer.q${'0'.repeat(32)}.log`), '');
  const fluentd = await runBuffer('ls', root);
  assert.match(fluentd.err, /it is a buffer of Fluentd: `millrace buffer import --from fluentd/);
  const file = await runBuffer('ls', join(root, `buffer.q${'0'.repeat(32)}.log`));
  assert.match(file.err, /is not the file of a chunk\n {2}= such a file is called/);
});

test('a folder or a file that may not be read says so', () => {
  const { message, hint } = describeRefusal('the folder `/x`', systemError('EACCES'));
  assert.equal(message, 'the folder `/x` may not be read');
  assert.equal(hint, 'use the user that the process runs as, or root');
});
