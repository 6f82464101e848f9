import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { runsFactor } from './chance.ts';
import type { FileCall } from './faulty_files.ts';
import { type Deed, Scene } from './scene.ts';

const life: readonly Deed[] = [
  { does: 'append', count: 3, tag: 'a' },
  { does: 'turn', amount: 3 },
  { does: 'append', count: 2, tag: 'b' },
  { does: 'refuse' },
  { does: 'seal' },
  { does: 'turn', amount: 12 },
  { does: 'heal' },
  { does: 'append', count: 2, tag: 'a', level: 'delivered' },
  { does: 'turn', amount: 3 },
  { does: 'seal' },
  { does: 'turn', amount: 12 },
];
/** What is left behind, for a recovery: something staged, something queued, something torn. */
const before: readonly Deed[] = [
  { does: 'append', count: 3, tag: 'a' },
  { does: 'turn', amount: 3 },
  { does: 'fail' },
  { does: 'seal' },
  { does: 'turn', amount: 12 },
  { does: 'append', count: 2, tag: 'a' },
  { does: 'turn', amount: 3 },
  { does: 'crash', after: 1, isPowerCut: false },
  { does: 'append', count: 1, tag: 'a' },
];
/** What the system may say to each call; others are refused as a broken disk refuses them. */
const codes: Partial<Record<FileCall['name'], readonly string[]>> = {
  open: ['EMFILE', 'EACCES', 'EROFS', 'ENOSPC'],
  write: ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'],
  truncate: ['EROFS', 'EIO'],
  sync: ['EIO', 'ENOSPC', 'EDQUOT'],
  rename: ['EACCES', 'EROFS', 'ENOSPC', 'EIO'],
  remove: ['EACCES', 'EROFS', 'EIO'],
  removeNow: ['EACCES', 'EROFS', 'EIO'],
  makeFolder: ['EACCES', 'ENOSPC', 'EROFS'],
  list: ['EACCES', 'EMFILE', 'EIO'],
};
const stride = Math.max(1, Math.round(8 / runsFactor));

function sceneOf(context: TestContext): Scene {
  return new Scene(context, { sectorBytes: 64, seed: 1, likelihood: 0.5 });
}

async function play(scene: Scene, deeds: readonly Deed[]): Promise<void> {
  for (const each of deeds) await scene.play(each);
}

/** Lets every call fail in turn, and those after it as often as is said; then all must go on by itself. */
async function failEach(context: TestContext, first: readonly Deed[]): Promise<void> {
  const whole = sceneOf(context);
  await play(whole, first);
  const start = whole.calls;
  await play(whole, life);
  const { calls } = whole;
  let tried = 0;
  for (const times of [1, 3, 25]) {
    for (let after = 0; after < calls - start; after += 1) {
      for (let variant = 0; variant < 4; variant += 1) {
        const scene = sceneOf(context);
        let code = '';
        const codeOf = ({ name }: FileCall): string => {
          const known = codes[name] ?? ['EIO'];
          code = known[variant % known.length] ?? '';
          return code;
        };
        tried += 1;
        if (tried % stride !== 0) continue;
        await play(scene, first);
        scene.failAfter(after, times, codeOf);
        try {
          await play(scene, life);
          await scene.finish();
          scene.check();
        } catch (error) {
          const failed = scene.failed.map(({ name, path }) => `${name} ${path}`).join(', ');
          throw new Error(`${code}: ${failed}`, { cause: error });
        }
      }
    }
  }
}

test('whatever call of a normal run the disk refuses, nothing acked is lost, and it goes on when that is over', async (t) => {
  await failEach(t, []);
});

test('whatever call of a recovery the disk refuses, nothing acked is lost, and it goes on when that is over', async (t) => {
  await failEach(t, before);
});

test('a store opens whatever of what is in its folder cannot be read', async (t) => {
  const whole = sceneOf(t);
  await play(whole, before);
  const start = whole.calls;
  await play(whole, [{ does: 'turn', amount: 1 }]);
  for (let after = 0; after < whole.calls - start; after += 1) {
    const scene = sceneOf(t);
    await play(scene, before);
    scene.failAfter(after, 1, () => 'EIO');
    await play(scene, [{ does: 'turn', amount: 1 }]);
    const [call] = scene.failed;
    assert(call !== undefined);
    const isNeeded = !/(?:ed|origins|quarantine.*)$/.test(call.path);
    assert(isNeeded || !scene.hasCrashed, `${call.name} ${call.path}`);
    await scene.finish();
    scene.check();
  }
});
