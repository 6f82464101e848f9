import assert from 'node:assert/strict';
import test from 'node:test';
import { outcomePath } from '../../../lib/buffer/outcome_file.ts';
import { OutcomeJournal } from '../../../lib/buffer/outcome_journal.ts';
import { undelivered } from '../../../lib/buffer/survey/bisected.ts';
import { moveChunks } from '../../../lib/buffer/transfer/move.ts';
import { replayChunks } from '../../../lib/buffer/transfer/replay.ts';
import { decodeEntries, encodeEntries } from '../../../lib/codec/entry_codec.ts';
import type { Origin } from '../../../lib/event/origin.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { silentLog } from '../../../lib/log.ts';
import type { CrashingDisk } from './crashing_files.ts';
import { interrupted, luckOf } from './repair/interrupted.ts';
import { repair } from './repair/repair_rig.ts';
import { emptyDisk, folder, frameOf, kill, openStore, originAt } from './store/store_rig.ts';

const other = '/other/buffer';
/** Of four events the first two are delivered and the third is refused. */
const known = [
  { first: 0, end: 4, refused: 'no' },
  { first: 0, end: 2, rejected: [] },
  { first: 2, end: 4, refused: 'no' },
  { first: 2, end: 3, refused: '2 is poison' },
];
const ranges = [{ first: 2, end: 4 }];

/** A disk with a sealed chunk of four events in as many frames, and what is known of it. */
async function diskWithDivided(): Promise<{ disk: CrashingDisk; id: string }> {
  const disk = emptyDisk();
  const { store } = await openStore(disk);
  const key = { tag: 'a', timekey: undefined, variables: new Map() };
  const chunk = store.begin({ createdMs: 1, tag: 'a', key, isFormatted: false });
  for (const n of [0, 1, 2, 3]) {
    const content = encodeEntries([{ time: new EventTime(n, 0), record: { n } }]);
    store.append(chunk, { ...frameOf(''), content, origin: originAt(n) });
  }
  store.seal(chunk);
  await store.settled();
  await new OutcomeJournal(disk.process(), folder, silentLog).append(chunk.id, known);
  kill(disk);
  return { disk, id: chunk.id };
}

function move(disk: CrashingDisk) {
  const files = disk.process();
  return moveChunks({ files, from: folder, to: other, ids: [], nowMs: 1, random: () => 0.25 });
}

test('what is not delivered is known from the outcomes, and all of it when they are about another chunk', async () => {
  const { disk, id } = await diskWithDivided();
  const files = disk.process();
  assert.deepEqual(undelivered(files, folder, { id, count: 4 })?.ranges, ranges);
  assert.equal(undelivered(files, folder, { id, count: 3 }), undefined);
  assert.equal(undelivered(files, folder, { id: '0'.repeat(32), count: 4 }), undefined);
});

test('outcomes move before their chunk, and wherever a move is interrupted they are where it is', async () => {
  for (let calls = 0, seed = 0; ; ) {
    const where = `after ${calls} calls, luck ${seed}`;
    const { disk, id } = await diskWithDivided();
    const crash = (): void => (seed === 0 ? disk.kill() : disk.cutPower(luckOf(seed)));
    const hasCrashed = await interrupted(disk, calls, crash, () => move(disk));
    for (const each of [folder, other]) {
      if (!disk.paths.includes(`${each}/${id}.queued`)) continue;
      assert.deepEqual(
        undelivered(disk.process(), each, { id, count: 4 })?.ranges,
        ranges,
        `${where} in ${each}`,
      );
    }
    const { left } = await move(disk);
    assert.deepEqual(left, [], where);
    // The next start of the first buffer.
    new OutcomeJournal(disk.process(), folder, silentLog);
    const journals = disk.paths.filter((path) => path.includes('/bisection/'));
    assert.deepEqual(journals, [outcomePath(other, id)], where);
    if (!hasCrashed && seed === 0) break;
    seed = (seed + 1) % 4;
    if (seed === 0) calls += 1;
  }
});

test('outcomes of a chunk that is in the other folder already are not replaced by older ones', async () => {
  const { disk, id } = await diskWithDivided();
  const name = `${id}.queued`;
  const chunk = Buffer.from(disk.contentOf(`${folder}/${name}`));
  const older = Buffer.from(disk.contentOf(outcomePath(folder, id)));
  await move(disk);
  const journal = new OutcomeJournal(disk.process(), other, silentLog);
  assert.equal(
    journal.load(id, () => true),
    4,
  );
  await journal.append(id, [{ first: 3, end: 4, rejected: [] }]);
  disk.put(`${folder}/${name}`, chunk);
  disk.put(outcomePath(folder, id), older);
  assert.deepEqual((await move(disk)).left, []);
  const rest = undelivered(disk.process(), other, { id, count: 4 });
  assert.deepEqual(rest?.ranges, [{ first: 2, end: 3 }]);
});

test('of a divided chunk only what is not delivered is replayed, under an origin of its own', async () => {
  const { disk, id } = await diskWithDivided();
  const sent: { readonly numbers: readonly unknown[]; readonly origin: Origin | undefined }[] = [];
  const replay = (deletes: boolean) =>
    replayChunks({
      ...{ files: disk.process(), sources: [folder], tag: undefined, deletes },
      async send({ bytes, origin, count }) {
        const numbers: unknown[] = [];
        for await (const piece of bytes()) {
          numbers.push(...decodeEntries(piece).map(({ record }) => record['n']));
        }
        assert.equal(count, numbers.length);
        sent.push({ numbers, origin });
      },
    });
  const { replayed } = await replay(false);
  assert.deepEqual([replayed[0]?.count, replayed[0]?.deliveredCount], [2, 2]);
  await replay(true);
  assert.deepEqual(sent[0], sent[1]);
  assert.deepEqual(sent[0]?.numbers, [2, 3]);
  assert.match(sent[0]?.origin?.source ?? '', /\/part-[0-9a-f]{32}$/);
  assert(!disk.paths.some((path) => path.includes(id)), 'chunk and outcomes are gone');
});

test('a chunk that loses events in a repair is told to be written again whole', async () => {
  const { disk, id } = await diskWithDivided();
  const path = `${folder}/${id}.queued`;
  const damaged = Buffer.from(disk.contentOf(path));
  damaged[damaged.indexOf('MRF1') + 24] = 0xff;
  disk.put(path, damaged);
  const { mended } = await repair(disk);
  assert.deepEqual([mended[0]?.remedy, mended[0]?.count], ['rewritten', 3]);
  assert.match(mended[0]?.missing.join() ?? '', /which of its events were delivered/);
});

test('a start removes outcomes of chunks that are gone, and what a killed move left', async () => {
  const { disk, id } = await diskWithDivided();
  disk.put(`${outcomePath(folder, id)}.tmp`, Buffer.from('{'));
  disk.put(outcomePath(folder, 'f'.repeat(32)), Buffer.from('{}\n'));
  const journal = new OutcomeJournal(disk.process(), folder, silentLog);
  assert(journal.has(id));
  const left = disk.paths.filter((path) => path.includes('/bisection/'));
  assert.deepEqual(left, [outcomePath(folder, id)]);
});
