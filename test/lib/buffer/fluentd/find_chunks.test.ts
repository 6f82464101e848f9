import assert from 'node:assert/strict';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'node:test';
import { findFluentdChunks } from '../../../../lib/buffer/fluentd/find_chunks.ts';
import { MillraceError } from '../../../../lib/error.ts';
import { temporaryFolder } from '../rig.ts';
import { idOf, writeChunk } from './fluentd_files.ts';

const idsIn = (place: string): string[] => findFluentdChunks(place).chunks.map(({ id }) => id);

test('queued chunks come first, by the time of their last change, then staged ones', (t) => {
  const folder = temporaryFolder(t);
  writeChunk(folder, 1, { state: 'b', createdSec: 50 });
  writeChunk(folder, 2, { modifiedSec: 300 });
  writeChunk(folder, 3, { modifiedSec: 200 });
  writeChunk(folder, 4, { state: 'b', createdSec: 40 });
  assert.deepEqual(idsIn(folder), [3, 2, 4, 1].map(idOf));
});

test('the folders of workers count, other files and folders do not', (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['worker0', 'worker1', 'other']) mkdirSync(join(folder, name));
  writeChunk(folder, 1);
  writeChunk(join(folder, 'worker0'), 2);
  writeChunk(join(folder, 'worker1'), 3);
  writeChunk(join(folder, 'other'), 4);
  writeFileSync(join(folder, 'buffer.log'), 'x');
  writeFileSync(join(folder, 'buffer.q0.log'), 'x');
  assert.deepEqual(idsIn(folder), [1, 2, 3].map(idOf));
});

test('a path with a star takes the chunks of one buffer of several in a folder', (t) => {
  const folder = temporaryFolder(t);
  writeChunk(folder, 1, { pattern: 'one.*.log' });
  writeChunk(folder, 2, { pattern: 'two.*.data' });
  assert.deepEqual(idsIn(join(folder, 'two.*.data')), [idOf(2)]);
  assert.deepEqual(idsIn(join(folder, 'one.*')), [idOf(1)]);
  assert.throws(
    () => idsIn(folder),
    (error) =>
      error instanceof MillraceError &&
      /several Fluentd buffers: one\.\*\.log, two\.\*\.data$/.test(error.message) &&
      error.hint === `name one of them, in quotes: '${join(folder, 'one.*.log')}'`,
  );
});

test('a chunk of file_single has its key in its name', (t) => {
  const folder = temporaryFolder(t);
  const pattern = 'fsb.web%20%e6%97%a5.bad.*.buf';
  writeChunk(folder, 1, { hasMeta: false, pattern });
  const [chunk] = findFluentdChunks(folder).chunks;
  assert.equal(chunk?.singleKey, 'web 日.bad');
  assert.equal(chunk?.meta, undefined);
});

test('metadata that kept the name of a staged chunk belongs to the queued one', (t) => {
  const folder = temporaryFolder(t);
  const path = writeChunk(folder, 1, { state: 'b', tag: 'late' });
  renameSync(path, path.replace('.b0', '.q0'));
  const { chunks, orphanPaths } = findFluentdChunks(folder);
  assert.equal(chunks[0]?.state, 'queued');
  assert.equal(chunks[0]?.meta?.key.tag, 'late');
  assert.deepEqual(orphanPaths, []);
});

test('metadata without a chunk is told', (t) => {
  const folder = temporaryFolder(t);
  const path = writeChunk(folder, 1);
  renameSync(path, join(folder, 'moved'));
  const { chunks, orphanPaths } = findFluentdChunks(folder);
  assert.deepEqual(chunks, []);
  assert.deepEqual(
    orphanPaths.map((each) => basename(each)),
    [`${basename(path)}.meta`],
  );
});

test('a folder that is not there is an error', () => {
  assert.throws(() => findFluentdChunks('/nowhere/at/all'), /cannot be read: ENOENT/);
});
