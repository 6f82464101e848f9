import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { decodeEntries } from '../../../../lib/codec/entry_codec.ts';
import { bufferWith, damage, runBuffer, temporaryFolder } from './buffer_rig.ts';

const big = 2n ** 63n;
const two = [{ records: [{ a: 1 }, { n: big }] }, { records: [{ a: 3 }], isCompressed: true }];

test('writes all events as JSON lines, in order of their chunks', async (t) => {
  const { folder } = await bufferWith(t, two);
  const { code, err, out } = await runBuffer('export', folder);
  assert.deepEqual([code, err], [0, '']);
  assert.deepEqual(out.split('\n'), [
    '{"time":"2024-03-05T03:45:00.000000001Z","tag":"app","record":{"a":1}}',
    '{"time":"2024-03-05T03:45:00.000000002Z","tag":"app","record":{"n":9223372036854775808}}',
    '{"time":"2024-03-05T03:45:00.000000001Z","tag":"app","record":{"a":3}}',
    '',
  ]);
});

test('writes MessagePack entries into a new file, and says how many', async (t) => {
  const { folder } = await bufferWith(t, two);
  const target = join(temporaryFolder(t), 'out.msgpack');
  const { out } = await runBuffer('export', folder, '-o', target, '--format', 'msgpack');
  assert.match(out, /out\.msgpack: 3 events from 2 chunks, \d+ B\n$/);
  const records = decodeEntries(readFileSync(target)).map(({ record }) => record);
  assert.deepEqual(records, [{ a: 1 }, { n: big }, { a: 3 }]);
});

test('a file that is there is not written over', async (t) => {
  const { folder } = await bufferWith(t, two);
  const target = join(temporaryFolder(t), 'out');
  writeFileSync(target, 'mine');
  const { code, err } = await runBuffer('export', folder, '-o', target);
  assert.equal(code, 1);
  assert.match(err, /`.*out` is there already\n {2}= nothing is written over/);
  assert.equal(readFileSync(target, 'utf8'), 'mine');
});

test('an export that cannot end leaves nothing behind', async (t) => {
  const { folder } = await bufferWith(t, [...two, { formatted: ['text\n'] }]);
  const where = temporaryFolder(t);
  const target = join(where, 'out');
  const { code, err } = await runBuffer('export', folder, '-o', target, '--format', 'msgpack');
  assert.equal(code, 1);
  assert.match(err, /holds what the output's `format` made.*\n {2}= export it with `--format raw`/);
  assert.deepEqual(readdirSync(where), []);
  const nowhere = await runBuffer('export', folder, '-o', join(where, 'no', 'out'));
  assert.match(nowhere.err, /cannot be written: ENOENT/);
});

test('formatted chunks come out as they are, or as JSON that keeps every byte', async (t) => {
  const bytes = Buffer.from([0xff, 0x0a]);
  const { folder } = await bufferWith(t, [{ formatted: ['text\n'] }, { formatted: [bytes] }]);
  const target = join(temporaryFolder(t), 'out');
  await runBuffer('export', folder, '-o', target, '--format', 'raw');
  assert.deepEqual(readFileSync(target), Buffer.concat([Buffer.from('text\n'), bytes]));
  const [text, raw] = (await runBuffer('export', folder)).lines();
  assert.deepEqual([text.tag, text.formatted], ['app', 'text\n']);
  assert.equal(raw.formattedBase64, bytes.toString('base64'));
});

test('what cannot be read is told, the rest is exported, and the export fails', async (t) => {
  const { folder, paths } = await bufferWith(t, two);
  damage(paths[0] ?? '', (bytes) => void bytes.write('xxxx', bytes.lastIndexOf('MRF1')));
  const target = join(temporaryFolder(t), 'out');
  const { code, err, lines } = await runBuffer('export', folder, '-o', target, '--json');
  assert.equal(code, 1);
  assert.match(err, /no whole frame/);
  const [summary] = lines();
  assert.deepEqual(
    [summary.type, summary.events, summary.chunks, summary.isComplete],
    ['export', 2, 2, false],
  );
  assert(existsSync(target));
});
