import assert from 'node:assert/strict';
import test from 'node:test';
import { type Committed, GroupCommit } from '../../../../lib/buffer/store/group_commit.ts';

/** A gate that a test opens. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

class Scene {
  readonly steps: string[] = [];
  syncFolder: () => Promise<void> = async () => {};
  readonly commit = new GroupCommit(
    () => {
      this.steps.push('folder');
      return this.syncFolder();
    },
    () => 0,
    ({ files }) => this.steps.push(`commit ${files}`),
  );

  committed(name: string, sync: () => Promise<void>, isNameNew = false): Committed {
    const { steps } = this;
    return {
      isNameNew,
      sync: () => {
        steps.push(`sync ${name}`);
        return sync();
      },
      onSynced: () => void steps.push(`synced ${name}`),
      onLost: ({ message }) => void steps.push(`lost ${name}: ${message}`),
    };
  }
}

const well = async (): Promise<void> => {};
const badly = async (): Promise<void> => {
  throw new Error('EIO');
};

test('what is marked together is committed together, and names once', async () => {
  const scene = new Scene();
  for (const name of ['a', 'b']) scene.commit.mark(scene.committed(name, well, true));
  await scene.commit.settled();
  assert.deepEqual(scene.steps, [
    ...['sync a', 'sync b', 'folder', 'commit 2', 'synced a', 'synced b'],
  ]);
});

test('what is marked during a commit is in the next one, and commits never overlap', async () => {
  const scene = new Scene();
  const { passed, open } = gate();
  scene.commit.mark(scene.committed('a', () => passed));
  await Promise.resolve();
  for (const name of ['b', 'c']) scene.commit.mark(scene.committed(name, well));
  await new Promise(setImmediate);
  assert.deepEqual(scene.steps, ['sync a']);
  const settled = scene.commit.settled();
  open();
  await settled;
  assert.deepEqual(scene.steps, [
    ...['sync a', 'commit 1', 'synced a'],
    ...['sync b', 'sync c', 'commit 2', 'synced b', 'synced c'],
  ]);
});

test('a file that cannot be synced is lost, its neighbours are not', async () => {
  const scene = new Scene();
  scene.commit.mark(scene.committed('a', badly));
  scene.commit.mark(scene.committed('b', well));
  await scene.commit.settled();
  assert.deepEqual(scene.steps.slice(-2), ['lost a: EIO', 'synced b']);
});

test('a folder that cannot be synced loses what is new in it, and nothing else', async () => {
  const scene = new Scene();
  scene.syncFolder = badly;
  scene.commit.mark(scene.committed('new', well, true));
  scene.commit.mark(scene.committed('old', well));
  await scene.commit.settled();
  assert.deepEqual(scene.steps.slice(-2), ['lost new: EIO', 'synced old']);
});

test('who waits for something that was lost waits for what replaces it, too', async () => {
  const scene = new Scene();
  const replaced = scene.committed('replacement', well);
  scene.commit.mark({
    ...scene.committed('a', badly),
    onLost: () => scene.commit.mark(replaced),
  });
  await scene.commit.settled();
  assert.equal(scene.steps.at(-1), 'synced replacement');
});

test('with nothing marked there is nothing to wait for', async () => {
  const scene = new Scene();
  await scene.commit.settled();
  assert.deepEqual(scene.steps, []);
});
