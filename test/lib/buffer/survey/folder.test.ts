import assert from 'node:assert/strict';
import test from 'node:test';
import { surveyFolder } from '../../../../lib/buffer/survey/folder.ts';
import { eachChunk, type OpenedChunk } from '../../../../lib/buffer/survey/open_chunk.ts';
import { summarize } from '../../../../lib/buffer/survey/summarize.ts';
import { systemError } from '../faulty_files.ts';
import { begin, emptyDisk, folder, frameOf, kill, openStore } from '../store/store_rig.ts';
import { diskWithChunk } from './survey_rig.ts';

const one = '1'.repeat(32);
const two = '2'.repeat(32);

test('a folder is listed by its names: chunks in order, quarantine, dead letters, what is foreign', async () => {
  const disk = emptyDisk();
  const { store } = await openStore(disk);
  const files = disk.process();
  for (const each of ['quarantine', 'dead_letter', 'state']) files.makeFolder(`${folder}/${each}`);
  const names = [`${two}.staged`, `${one}.queued`, 'notes.txt', 'store.tmp', 'origins'];
  names.push(`quarantine/${one}-40.bytes`, `quarantine/${one}-40.reason.json`);
  names.push(`quarantine/${two}.queued`, `quarantine/${two}.queued.reason.json`);
  names.push(`quarantine/${two}-7.bytes`);
  names.push(`dead_letter/${one}.jsonl`, `dead_letter/${one}.reason.json`);
  for (const name of names) disk.put(`${folder}/${name}`, Buffer.from('x'));
  const survey = surveyFolder(disk.process(), folder);
  assert.deepEqual(survey.chunks, [
    { id: one, state: 'queued' },
    { id: two, state: 'staged' },
  ]);
  assert.deepEqual(survey.foreign, ['notes.txt']);
  assert.equal(survey.deadLetters, 1);
  assert.deepEqual(survey.quarantine, [
    { name: `${one}-40.bytes`, isExplained: true },
    { name: `${two}-7.bytes`, isExplained: false },
    { name: `${two}.queued`, isExplained: true },
  ]);
  assert.equal(survey.holder?.pid, process.pid);
  await store.close();
  assert.equal(surveyFolder(disk.process(), folder).holder, undefined);
});

test('the lock of a process that is no more holds nothing, and is left where it is', async () => {
  const { disk } = await diskWithChunk(true);
  const holder = { pid: 2 ** 22 + 1, start: '1', boot: '', host: 'here' };
  disk.put(`${folder}/lock`, Buffer.from(JSON.stringify(holder)));
  assert.equal(surveyFolder(disk.process(), folder).holder, undefined);
  assert(disk.paths.includes(`${folder}/lock`));
});

test('a chunk that is sealed, or gone, after the folder was listed is no error', async () => {
  const { disk, path } = await diskWithChunk(false);
  const files = disk.process();
  const { chunks } = surveyFolder(files, folder);
  const seen = async (list = chunks): Promise<string[]> => {
    const states: string[] = [];
    const look = ({ state }: OpenedChunk): string => state;
    for await (const each of eachChunk(files, folder, list, look)) {
      states.push('seen' in each ? each.seen : each.error.message);
    }
    return states;
  };
  files.rename(path, path.replace('.staged', '.queued'));
  assert.deepEqual(await seen(), ['queued']);
  const id = chunks[0]?.id ?? '';
  const both = [
    { id, state: 'queued' },
    { id, state: 'staged' },
  ] as const;
  assert.deepEqual(await seen([...both]), ['queued'], 'not twice');
  files.removeNow(path.replace('.staged', '.queued'));
  assert.deepEqual(await seen(), []);
});

test('a chunk that may not be read is told, and the next one is looked at', async () => {
  const disk = emptyDisk();
  const { store } = await openStore(disk);
  for (const text of ['one', 'two']) store.append(begin(store), frameOf(text));
  await store.settled();
  kill(disk);
  const [path = ''] = disk.paths.filter((each) => each.endsWith('.staged'));
  disk.onCall = (call) => {
    if (call.name === 'open' && call.path === path) throw systemError('EACCES');
  };
  const files = disk.process();
  const outcomes: string[] = [];
  const { chunks } = surveyFolder(files, folder);
  for await (const each of eachChunk(files, folder, chunks, (opened) => opened.state)) {
    outcomes.push('error' in each ? each.error.message : each.seen);
  }
  assert.equal(outcomes.length, 2);
  assert.match(outcomes[0] ?? '', /EACCES/);
  assert.equal(outcomes[1], 'staged');
});

test('of a queued chunk only the end is read to say what it is', async () => {
  for (const isSealed of [true, false]) {
    const { disk, path } = await diskWithChunk(isSealed);
    const calls: string[] = [];
    disk.onCall = (call) => void (call.path === path && calls.push(call.name));
    const files = disk.process();
    const { chunks } = surveyFolder(files, folder);
    for await (const each of eachChunk(files, folder, chunks, (it) => summarize(files, it))) {
      assert('seen' in each);
      const { count, contentBytes, damage, head, storedBytes } = each.seen;
      assert.deepEqual([count, contentBytes, damage, head?.tag], [3, 19, undefined, 'a']);
      assert.equal(storedBytes, disk.contentOf(path).length);
    }
    const whole = ['open', 'sizeOf', 'readNow', 'close'];
    if (isSealed) assert.deepEqual(calls, whole);
  }
});
