import assert from 'node:assert/strict';
import test from 'node:test';
import { type ReplayReport, replayChunks } from '../../../../lib/buffer/transfer/replay.ts';
import { encodeEntries } from '../../../../lib/codec/entry_codec.ts';
import type { Origin } from '../../../../lib/event/origin.ts';
import { EventTime } from '../../../../lib/event/time.ts';
import type { CrashingDisk } from '../crashing_files.ts';
import {
  begin,
  emptyDisk,
  folder,
  frameOf,
  kill,
  openStore,
  originAt,
} from '../store/store_rig.ts';

interface Sent {
  readonly tag: string;
  readonly count: number;
  readonly bytes: Buffer;
  readonly origin: Origin | undefined;
}

function packed(n: number): Uint8Array {
  return encodeEntries([{ time: new EventTime(n, 0), record: { n } }]);
}

/** A disk with a queued and a staged chunk, each of two events, and a formatted one. */
async function diskWithChunks(): Promise<{ disk: CrashingDisk; paths: string[] }> {
  const disk = emptyDisk();
  const { store } = await openStore(disk);
  const key = { tag: 'a', timekey: undefined, variables: new Map() };
  for (const first of [0, 2]) {
    const chunk = store.begin({ createdMs: 1, tag: 'a', key, isFormatted: false });
    for (const n of [first, first + 1]) {
      store.append(chunk, { ...frameOf(''), content: packed(n), origin: originAt(n) });
    }
    if (first === 0) store.seal(chunk);
  }
  const formatted = begin(store);
  store.append(formatted, frameOf('text\n'));
  store.seal(formatted);
  await store.settled();
  kill(disk);
  return { disk, paths: disk.paths.filter((path) => /[0-9a-f]{32}\.\w+$/.test(path)) };
}

function rig(disk: CrashingDisk, sent: Sent[], failsAt = Number.POSITIVE_INFINITY) {
  return (
    sources: readonly string[],
    more: { readonly deletes?: boolean; readonly tag?: string } = {},
  ): Promise<ReplayReport> =>
    replayChunks({
      files: disk.process(),
      sources,
      tag: more.tag,
      deletes: more.deletes ?? false,
      async send({ tag, count, origin, bytes }) {
        if (sent.length >= failsAt) throw new Error('the receiver is gone');
        const pieces: Uint8Array[] = [];
        for await (const piece of bytes()) pieces.push(piece);
        sent.push({ tag, count, origin, bytes: Buffer.concat(pieces) });
      },
    });
}

function storedChunks(disk: CrashingDisk): string[] {
  return disk.paths.filter((path) => /\/[0-9a-f]{32}\.\w+$/.test(path));
}

test('the packed events of a buffer go out as they are, with the origins under which its output sends them', async () => {
  const { disk, paths } = await diskWithChunks();
  const sent: Sent[] = [];
  const { replayed, left, fault } = await rig(disk, sent)([folder]);
  assert.equal(fault, undefined);
  assert.deepEqual(
    sent.map(({ tag, count, bytes }) => [tag, count, bytes]),
    [0, 2].map((n) => ['a', 2, Buffer.concat([packed(n), packed(n + 1)])]),
  );
  const { store, queued } = await openStore(disk);
  const own = queued.slice(0, 2).map((chunk) => store.originOf(chunk));
  assert.deepEqual(
    sent.map(({ origin }) => origin),
    own,
  );
  assert.equal(replayed.length, 2);
  assert.deepEqual(
    left.map(({ name }) => name),
    [paths.find((path) => path.includes('00000002'))],
  );
  assert.match(left[0]?.reason ?? '', /1 event as an output's `format` made them/);
});

test('a staged chunk is sealed before it is sent, so that it never comes again with more events', async () => {
  const { disk } = await diskWithChunks();
  assert(storedChunks(disk).some((path) => path.endsWith('.staged')));
  await rig(disk, [])([folder]);
  assert(storedChunks(disk).every((path) => path.endsWith('.queued')));
  const { queued } = await openStore(disk);
  assert.deepEqual(
    queued.map(({ count }) => count),
    [2, 2, 1],
  );
});

test('what is acknowledged is deleted if that is asked for, and its origins stay known', async () => {
  const { disk, paths } = await diskWithChunks();
  const sent: Sent[] = [];
  const first = await rig(disk, sent, 1)([folder], { deletes: true });
  assert.match(first.fault?.message ?? '', /receiver is gone/);
  assert.deepEqual(
    first.replayed.map(({ isDeleted }) => isDeleted),
    [true],
  );
  assert.equal(storedChunks(disk).length, 2);
  await rig(disk, sent)([folder], { deletes: true });
  assert.equal(sent.length, 2);
  assert.deepEqual(storedChunks(disk), paths.slice(2));
  assert(disk.paths.includes(`${folder}/origins`));
});

test('a copy is known by its content, and not taken for the chunk of its buffer', async () => {
  const { disk, paths } = await diskWithChunks();
  const [path = ''] = paths;
  disk.process().makeFolder('/copies');
  const name = path.slice(folder.length + 1);
  for (const copy of [`/copies/${name}`, '/copies/renamed']) disk.put(copy, disk.contentOf(path));
  const sent: Sent[] = [];
  await rig(disk, sent)([`/copies/${name}`, '/copies/renamed', path]);
  const [one, renamed, own] = sent.map(({ origin }) => origin);
  assert.deepEqual(renamed, one);
  assert.match(one?.source ?? '', /\/replay-\d+$/);
  assert.equal(one?.source.startsWith(`${own?.source}/`), true);
});

test('of a damaged chunk the whole frames are sent, and it is never deleted', async () => {
  const { disk, paths } = await diskWithChunks();
  const [path = ''] = paths;
  const bytes = Buffer.from(disk.contentOf(path));
  const at = bytes.indexOf(packed(1));
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  disk.put(path, bytes);
  const sent: Sent[] = [];
  const { left } = await rig(disk, sent)([path], { deletes: true });
  assert.deepEqual(
    sent.map((each) => each.bytes),
    [Buffer.from(packed(0))],
  );
  assert.match(left[0]?.reason ?? '', /only its whole frames/);
  assert(storedChunks(disk).includes(path));
});

test('of a copy whose head alone is damaged all events are sent', async () => {
  const { disk, paths } = await diskWithChunks();
  const bytes = Buffer.from(disk.contentOf(paths[0] ?? ''));
  bytes.fill(0xff, 0, 20);
  disk.process().makeFolder(`${folder}/quarantine`);
  const copy = (paths[0] ?? '').replace(folder, `${folder}/quarantine`);
  disk.put(copy, bytes);
  disk.put(`${copy}.reason.json`, Buffer.from('{}'));
  const { replayed, left } = await rig(disk, [])([copy], { deletes: true });
  assert.deepEqual([replayed.length, replayed[0]?.count, left], [1, 2, []]);
  assert(!disk.paths.some((path) => path.startsWith(copy)));
});

test('a copy without head and footer needs a tag, and one that is no chunk is told', async () => {
  const { disk, paths } = await diskWithChunks();
  const bytes = Buffer.from(disk.contentOf(paths[1] ?? ''));
  bytes.fill(0xff, 0, 20);
  disk.process().makeFolder('/copies');
  const copy = `/copies/${(paths[1] ?? '').slice(folder.length + 1)}`;
  disk.put(copy, bytes);
  disk.put('/copies/notes', Buffer.from('mine'));
  const sent: Sent[] = [];
  const untold = await rig(disk, sent)([copy, '/copies/notes']);
  assert.deepEqual(
    untold.left.map(({ name }) => name),
    [copy, '/copies/notes'],
  );
  await rig(disk, sent)([copy], { tag: 'told' });
  assert.deepEqual(
    sent.map(({ tag, count }) => [tag, count]),
    [['told', 2]],
  );
});

test('a folder in use is refused', async () => {
  const { disk } = await diskWithChunks();
  disk.put(`${folder}/lock`, Buffer.from(JSON.stringify({ pid: process.ppid, host: 'here' })));
  await assert.rejects(rig(disk, [])([folder]), new RegExp(`process ${process.ppid}`));
});
