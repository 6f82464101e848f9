import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { chanceOf, luckBy, runsFactor } from './chance.ts';
import { type Deed, Scene } from './scene.ts';

/** What a buffer does in its life: two keys, sealing, delivery, a dead letter, purging, the snapshot of origins. */
const life: readonly Deed[] = [
  { does: 'append', count: 3, tag: 'a', padding: 30 },
  { does: 'turn', amount: 3 },
  { does: 'append', count: 2, tag: 'b' },
  { does: 'append', count: 1, tag: 'a' },
  { does: 'refuse' },
  { does: 'seal' },
  { does: 'turn', amount: 12 },
  { does: 'append', count: 2, tag: 'a' },
  { does: 'turn', amount: 3 },
  { does: 'heal' },
  { does: 'append', count: 2, tag: 'b', level: 'delivered' },
  { does: 'seal' },
  { does: 'turn', amount: 12 },
  { does: 'append', count: 1, tag: 'a' },
  { does: 'turn', amount: 3 },
];
/** What is tried in the suite: a part of it, all of it in long runs. */
const stride = Math.max(1, Math.round(40 / runsFactor));

function sceneOf(context: TestContext, tear: number): Scene {
  const scene = new Scene(context, { sectorBytes: 32, seed: 1, likelihood: 0 });
  scene.disk.tearAt = (length) => Math.min(length, tear);
  return scene;
}

/** Plays the life up to a crash before or in a call, then one more life for each further crash, then to the end. */
async function crash(scene: Scene, crashes: readonly number[], isPowerCut: boolean): Promise<void> {
  for (const [index, after] of crashes.entries()) {
    scene.crashAfter(after, isPowerCut);
    for (const each of index === 0 ? life : life.slice(-1)) {
      await scene.play(each);
      if (scene.hasCrashed) break;
    }
  }
  await scene.finish();
  scene.check();
}

/** How many calls a whole life makes. */
async function lengthOf(context: TestContext): Promise<number> {
  const scene = sceneOf(context, 0);
  for (const each of life) await scene.play(each);
  return scene.calls;
}

/** How many things are decided when the power fails after so many calls. */
async function decisionsAt(context: TestContext, after: number): Promise<number> {
  const scene = sceneOf(context, Number.POSITIVE_INFINITY);
  const count = luckBy([]);
  scene.luckAtCut = count.luck;
  scene.crashAfter(after, true);
  for (const each of life) {
    await scene.play(each);
    if (scene.hasCrashed) break;
  }
  return count.asked;
}

/** All ways that so many decisions can go; where they are many, all alike but one, and some at random. */
function* decisionsOf(count: number): Generator<readonly boolean[]> {
  if (count <= 4) {
    for (let bits = 0; bits < 2 ** count; bits += 1) {
      yield Array.from({ length: count }, (_, index) => (bits & (1 << index)) !== 0);
    }
    return;
  }
  for (const usual of [false, true]) {
    yield Array.from({ length: count }, () => usual);
    for (let odd = 0; odd < count; odd += 1) {
      yield Array.from({ length: count }, (_, index) => (index === odd) !== usual);
    }
  }
  const chance = chanceOf(count);
  for (let times = 0; times < 4; times += 1) {
    yield Array.from({ length: count }, () => chance() < 0.5);
  }
}

test('the power may fail before and in every call, and anything that is not safe may be lost or not', async (t) => {
  const calls = await lengthOf(t);
  assert(calls > 100);
  let tried = 0;
  for (let after = 1; after <= calls; after += 1) {
    // A write is there as a whole when the power fails in it: which of its sectors reach the disk is chance.
    const asked = await decisionsAt(t, after);
    for (const decisions of decisionsOf(asked)) {
      tried += 1;
      if (tried % stride !== 0) continue;
      const scene = sceneOf(t, Number.POSITIVE_INFINITY);
      scene.luckAtCut = luckBy(decisions).luck;
      try {
        await crash(scene, [after], true);
      } catch (error) {
        throw new Error(`after ${after} calls, with ${decisions.map(Number)}`, { cause: error });
      }
    }
  }
});

test('the process may be killed before and in every call, a write torn anywhere', async (t) => {
  const calls = await lengthOf(t);
  for (const tear of [0, 32, 64, 96, Number.POSITIVE_INFINITY]) {
    for (let after = 1; after <= calls; after += tear === 64 ? 1 : Math.ceil(stride / 4)) {
      try {
        await crash(sceneOf(t, tear), [after], false);
      } catch (error) {
        throw new Error(`after ${after} calls, torn at ${tear}`, { cause: error });
      }
    }
  }
});

test('a recovery may be cut off before and in every call too', async (t) => {
  const calls = await lengthOf(t);
  let tried = 0;
  for (let first = 20; first <= calls; first += 1) {
    for (let second = 1; second <= 70; second += 1) {
      tried += 1;
      if (tried % (stride * 3 + 1) !== 0) continue;
      const scene = sceneOf(t, 32);
      const chance = chanceOf(tried);
      scene.luckAtCut = () => chance() < 0.5;
      try {
        await crash(scene, [first, second], second % 2 === 0);
      } catch (error) {
        throw new Error(`after ${first} and ${second} calls`, { cause: error });
      }
    }
  }
});
