import assert from 'node:assert/strict';
import test from 'node:test';
import { restoreOrigins } from '../../../../lib/buffer/origin_snapshot.ts';
import { OriginTable } from '../../../../lib/buffer/origin_table.ts';
import { type MoveReport, moveChunks } from '../../../../lib/buffer/transfer/move.ts';
import type { CrashingDisk } from '../crashing_files.ts';
import { interrupted, luckOf } from '../repair/interrupted.ts';
import { damagesIn, delivered } from '../repair/repair_rig.ts';
import {
  begin,
  emptyDisk,
  folder,
  frameOf,
  kill,
  openStore,
  originAt,
} from '../store/store_rig.ts';

const other = '/other/buffer';

/** A disk with three chunks of a frame each, the last one staged. */
async function diskWithChunks(): Promise<CrashingDisk> {
  const disk = emptyDisk();
  const { store } = await openStore(disk);
  for (const [n, text] of ['one ', 'two ', 'three '].entries()) {
    const chunk = begin(store);
    store.append(chunk, frameOf(text, { origin: originAt(n) }));
    if (n < 2) store.seal(chunk);
  }
  await store.settled();
  kill(disk);
  return disk;
}

function move(disk: CrashingDisk, ids: readonly string[] = []): Promise<MoveReport> {
  const files = disk.process();
  const [from, to] = [folder, other];
  return moveChunks({ files, from, to, ids, nowMs: 1_700_000_001_000, random: () => 0.25 });
}

function chunksIn(disk: CrashingDisk, where: string): string[] {
  return disk.paths
    .filter((path) => path.startsWith(`${where}/`) && /\/[0-9a-f]{32}\.\w+$/.test(path))
    .map((path) => path.slice(where.length + 1));
}

function isRemembered(disk: CrashingDisk, where: string, n: number): boolean {
  const table = new OriginTable();
  restoreOrigins(table, disk.contentOf(`${where}/origins`));
  return table.isStored(originAt(n));
}

test('all chunks of a buffer move to a folder that is new, sealed and with their ids', async () => {
  const disk = await diskWithChunks();
  const before = chunksIn(disk, folder);
  const { moved, left } = await move(disk);
  assert.deepEqual([moved.length, moved[0]?.tag, moved[0]?.count, left], [3, 'a', 1, []]);
  assert.deepEqual(chunksIn(disk, folder), []);
  const queued = before.map((name) => name.replace('.staged', '.queued'));
  assert.deepEqual(chunksIn(disk, other), queued);
  assert.deepEqual(await damagesIn(disk, other), []);
  const { text, rig, complaints } = await delivered(disk, other);
  assert.deepEqual([text, complaints], ['one two three ', []]);
  assert.equal(rig.origins.length, 3);
});

test('the folder of before remembers what moved, and the other one has an identity of its own', async () => {
  const disk = await diskWithChunks();
  await move(disk);
  for (const n of [0, 1, 2]) assert(isRemembered(disk, folder, n));
  const identityOf = (where: string): string => disk.contentOf(`${where}/store`).toString();
  const ids = [folder, other].map((where) => JSON.parse(identityOf(where)).store);
  assert.notEqual(ids[0], ids[1]);
  const { rig } = await delivered(disk, other);
  for (const chunk of rig.queued) assert.equal(rig.store.originOf(chunk)?.low, 0);
});

test('a buffer that moves house takes the memory of what it has delivered along, single chunks do not', async () => {
  for (const isWhole of [true, false]) {
    const disk = await diskWithChunks();
    const { store, queued } = await openStore(disk);
    const [first, second] = queued;
    assert(first !== undefined && second !== undefined);
    // As a purger does it.
    const table = new OriginTable();
    table.add(originAt(0));
    const { encodeOrigins } = await import('../../../../lib/buffer/origin_snapshot.ts');
    await store.saveOrigins(encodeOrigins(table));
    await store.purge(first);
    kill(disk);
    await move(disk, isWhole ? [] : [second.id]);
    assert(isRemembered(disk, folder, 0) && isRemembered(disk, folder, 1));
    if (isWhole) assert(isRemembered(disk, other, 0));
    else assert(!disk.paths.includes(`${other}/origins`));
  }
});

test('only the chunks that are named move, and what is not there is told', async () => {
  const disk = await diskWithChunks();
  const [first = '', second = ''] = chunksIn(disk, folder).map((name) => name.slice(0, 32));
  const unknown = '0'.repeat(32);
  const { moved, left } = await move(disk, [second, unknown]);
  assert.deepEqual(
    moved.map(({ chunkId }) => chunkId),
    [second],
  );
  assert.deepEqual(left, [{ name: unknown, reason: 'there is no such chunk' }]);
  assert.deepEqual(chunksIn(disk, other), [`${second}.queued`]);
  assert(chunksIn(disk, folder).includes(`${first}.queued`));
});

test('a damaged chunk stays, and another chunk with the same id is not overwritten', async () => {
  const disk = await diskWithChunks();
  const [first = '', second = '', third = ''] = chunksIn(disk, folder);
  const damaged = Buffer.from(disk.contentOf(`${folder}/${first}`));
  damaged[damaged.indexOf('one')] = 0;
  disk.put(`${folder}/${first}`, damaged);
  await move(disk, [third.slice(0, 32)]);
  disk.put(`${other}/${second}`, damaged);
  const { moved, left } = await move(disk);
  assert.deepEqual([moved, left.map(({ name }) => name)], [[], [first, second]]);
  assert.match(left[0]?.reason ?? '', /repair/);
  assert.match(left[1]?.reason ?? '', /another chunk with this id/);
  assert.deepEqual(disk.contentOf(`${other}/${second}`), damaged);
  assert.deepEqual(chunksIn(disk, folder), [first, second]);
});

test('a folder in use is refused, and so is a move into the same folder', async () => {
  const disk = await diskWithChunks();
  const files = disk.process();
  const setup = { files, from: folder, to: folder, ids: [], nowMs: 0, random: () => 0.25 };
  await assert.rejects(moveChunks(setup), /in use by this process/);
  assert(!disk.paths.includes(`${folder}/lock`));
});

test('a move that is interrupted anywhere loses and doubles nothing once it is run again', async () => {
  for (let calls = 0, seed = 0; ; ) {
    const where = `after ${calls} calls, luck ${seed}`;
    const disk = await diskWithChunks();
    // Luck 0 is a kill; the others are power cuts.
    const crash = (): void => (seed === 0 ? disk.kill() : disk.cutPower(luckOf(seed)));
    const hasCrashed = await interrupted(disk, calls, crash, () => move(disk));
    const { left } = await move(disk);
    assert.deepEqual(left, [], where);
    assert.deepEqual(chunksIn(disk, folder), [], where);
    for (const n of [0, 1, 2]) assert(isRemembered(disk, folder, n), where);
    const { text, rig, complaints } = await delivered(disk, other);
    assert.deepEqual([text, complaints], ['one two three ', []], where);
    assert.equal(rig.origins.length, 3, where);
    if (!hasCrashed && seed === 0) break;
    seed = (seed + 1) % 4;
    if (seed === 0) calls += 1;
  }
});
