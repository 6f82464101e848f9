import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { basename } from 'node:path';
import test from 'node:test';
import { RawString } from '../../../../lib/event/entry.ts';
import {
  addChunk,
  bufferWith,
  chunkPaths,
  damage,
  runBuffer,
  storeIn,
  temporaryFolder,
} from './buffer_rig.ts';

const three = { records: [{ a: 'first' }, { a: 'second' }, { a: 'third' }] };

function idOf(path: string | undefined): string {
  return basename(path ?? '').slice(0, 32);
}

test('shows the events of a chunk, one a line, with times to the nanosecond', async (t) => {
  const { paths } = await bufferWith(t, [{ records: [{ a: 1 }, { b: 'x\u009b' }] }]);
  const { code, err, out } = await runBuffer('show', paths[0] ?? '');
  assert.deepEqual([code, err], [0, '']);
  assert.equal(
    out,
    '2024-03-05T03:45:00.000000001Z app: {"a":1}\n2024-03-05T03:45:00.000000002Z app: {"b":"x\\u009b"}\n',
  );
});

test('values that JSON has no words for are shown as far as they go, and exactly with --json', async (t) => {
  const raw = Buffer.from([0xff, 0x41]);
  const { paths } = await bufferWith(t, [
    {
      records: [
        { n: 2n ** 53n + 1n },
        { b: new Uint8Array(raw) },
        { s: new RawString(raw) },
        { f: Number.NaN },
      ],
    },
  ]);
  const { out } = await runBuffer('show', paths[0] ?? '');
  const texts = out.split('\n').map((line) => line.slice(36));
  assert.deepEqual(texts.slice(0, 3), [
    '{"n":9007199254740993}',
    '{"b":"\ufffdA"}',
    '{"s":"\ufffdA"}',
  ]);
  assert.match(texts[3] ?? '', /NaN cannot be printed as JSON: `--json` shows it exactly/);
  const exact = await runBuffer('show', '--json', paths[0] ?? '');
  const [big, ...packed] = exact.out.split('\n');
  assert.match(big ?? '', /"record":\{"n":9007199254740993\}\}$/);
  const bytes = packed.slice(0, 3).map((line) => Buffer.from(JSON.parse(line).packed, 'base64'));
  assert(bytes[0]?.includes(Buffer.from([0xc4, 2, 0xff, 0x41])), 'binary');
  assert(bytes[1]?.includes(Buffer.from([0xa2, 0xff, 0x41])), 'a string');
  assert.equal(bytes[2]?.readDoubleBE(bytes[2].length - 8), Number.NaN);
});

test('compressed chunks are shown as others are', async (t) => {
  const { paths } = await bufferWith(t, [{ ...three, isCompressed: true }]);
  const { out } = await runBuffer('show', paths[0] ?? '');
  assert.equal(out.match(/app: \{"a":"(?:first|second|third)"\}/g)?.length, 3);
});

test("formatted chunks show what the output's format made, and cannot move the cursor", async (t) => {
  const { paths } = await bufferWith(t, [{ formatted: ['one\ttab\n', 'two\u001b[2J\n'] }]);
  const { out } = await runBuffer('show', paths[0] ?? '');
  assert.equal(out, 'one\ttab\ntwo\\u001b[2J\n');
  const json = await runBuffer('show', '--json', paths[0] ?? '');
  assert.equal(json.lines()[0].formatted, 'one\ttab\ntwo\u001b[2J\n');
});

test('of a folder all chunks are shown, or those with the ids that are named', async (t) => {
  const { folder, paths } = await bufferWith(t, [{ records: [{ a: 1 }] }, { records: [{ b: 2 }] }]);
  const all = await runBuffer('show', folder);
  const titles = paths.map((path) => `-- chunk ${idOf(path)}, queued, tag app, 1 event --`);
  assert.deepEqual(
    all.out.split('\n').filter((_, index) => index % 2 === 0),
    [...titles, ''],
  );
  const one = await runBuffer('show', folder, idOf(paths[1]).slice(0, 20));
  assert.equal(one.out, '2024-03-05T03:45:00.000000001Z app: {"b":2}\n');
  const ambiguous = await runBuffer('show', folder, idOf(paths[1]).slice(0, 12));
  assert.match(ambiguous.err, /2 chunks begin with `\w+`\n {2}= such as \w+ and \w+: give more/);
  const missing = await runBuffer('show', folder, 'beef');
  assert.equal(missing.code, 1);
  assert.match(missing.err, /there is no chunk `beef` in `.*`\n {2}= it may have been delivered/);
});

test('shows only so many events', async (t) => {
  const { folder } = await bufferWith(t, [three, three]);
  const { lines } = await runBuffer('show', '--json', '--limit', '4', folder);
  assert.deepEqual(
    lines().map(({ record }) => record.a),
    ['first', 'second', 'third', 'first'],
  );
});

test('damaged frames are told and shown as gaps, and the rest is shown', async (t) => {
  const { paths } = await bufferWith(t, [three]);
  damage(paths[0] ?? '', (bytes) => void bytes.write('X', bytes.indexOf('second')));
  const { code, err, out } = await runBuffer('show', paths[0] ?? '');
  assert.equal(code, 1);
  assert.match(out, /first.*\n-- gap: \d+ bytes at \d+ --\n.*third/);
  assert.match(
    err,
    /^\/.*queued: \d+ bytes at \d+: no whole frame: a checksum or a length is wrong\n$/,
  );
  const json = await runBuffer('show', '--json', paths[0] ?? '');
  assert.deepEqual(
    json.lines().map(({ record }) => record.a),
    ['first', 'third'],
  );
});

test('a chunk whose head is lost shows its events all the same', async (t) => {
  for (const isStaged of [false, true]) {
    const { paths } = await bufferWith(t, [{ ...three, isStaged }]);
    damage(paths[0] ?? '', (bytes) => void bytes.fill(1, 0, 8));
    const { err, out } = await runBuffer('show', paths[0] ?? '');
    assert.match(err, /the head of the chunk file is damaged/);
    const tag = isStaged ? '\\?' : 'app';
    assert.equal(out.match(new RegExp(`Z ${tag}: `, 'g'))?.length, 3);
  }
});

test('--head says what a chunk is', async (t) => {
  const { paths } = await bufferWith(t, [{ ...three, timekey: 1_700_000_000 }]);
  const { out } = await runBuffer('show', '--head', paths[0] ?? '');
  const rows = new Map(out.split('\n').map((line) => [line.slice(0, 9).trim(), line.slice(9)]));
  assert.equal(rows.get('chunk'), idOf(paths[0]));
  assert.equal(rows.get('tag'), 'app');
  assert.equal(rows.get('key'), '2023-11-14T22:13:20Z');
  assert.match(rows.get('begun') ?? '', /^2024-03-05T03:45:00Z, \d+d \d+h ago$/);
  assert.match(rows.get('holds') ?? '', /^3 events in 3 frames, \d+ B$/);
  assert.match(rows.get('footer') ?? '', /^tells of 3 events in 3 frames, \d+ bytes at \d+$/);
  assert.equal(rows.get('origin'), 'log, epoch 1, 0 to 3');
  const json = await runBuffer('show', '--head', '--json', paths[0] ?? '');
  const [profile] = json.lines();
  assert.deepEqual([profile.events, profile.frames, profile.damages], [3, 3, []]);
  assert.equal(profile.origins[0].end, 3);
});

test('a chunk that a living process writes shows what is whole, under whichever name', async (t) => {
  const folder = temporaryFolder(t);
  const store = await storeIn(folder);
  t.after(() => store.close());
  addChunk(store, { ...three, isStaged: true });
  const [path = ''] = chunkPaths(folder);
  damage(path, (bytes) => bytes.subarray(0, -3));
  const torn = await runBuffer('show', path);
  assert.deepEqual([torn.code, torn.err], [0, '']);
  assert.equal(torn.out.match(/\n/g)?.length, 2);
  renameSync(path, path.replace('.staged', '.queued'));
  const sealed = await runBuffer('show', path);
  assert.equal(sealed.out.match(/app: /g)?.length, 2);
});
