import assert from 'node:assert/strict';
import test from 'node:test';
import { Descriptors } from '../../../../lib/buffer/store/descriptors.ts';
import { CrashingDisk } from '../crashing_files.ts';

interface Named {
  readonly name: string;
  isUnsafe: boolean;
}

function scene(limit: number) {
  const disk = new CrashingDisk();
  const files = disk.process();
  const closed: string[] = [];
  disk.onCall = ({ name, path }) => void (name === 'close' && closed.push(path));
  const descriptors = new Descriptors<Named>(files, limit);
  const use = (file: Named) => descriptors.use(file, () => files.open(`/${file.name}`, 'create'));
  return { descriptors, closed, use };
}

test('at the limit the file that was used longest ago is closed', () => {
  const { closed, descriptors, use } = scene(2);
  const [a, b, c] = ['a', 'b', 'c'].map((name): Named => ({ name, isUnsafe: false }));
  assert(a !== undefined && b !== undefined && c !== undefined);
  const first = use(a);
  use(b);
  assert.equal(use(a), first);
  use(c);
  assert.deepEqual([closed, descriptors.size], [['/b'], 2]);
  assert.equal(descriptors.get(b), undefined);
  descriptors.closeAll();
  assert.deepEqual(closed, ['/b', '/a', '/c']);
});

test('a file with bytes that are not yet safe is never closed for another', () => {
  const { closed, use } = scene(2);
  const a = { name: 'a', isUnsafe: true };
  const b = { name: 'b', isUnsafe: true };
  const c = { name: 'c', isUnsafe: false };
  use(a);
  use(b);
  assert.equal(use(c), undefined);
  b.isUnsafe = false;
  assert.notEqual(use(c), undefined);
  assert.deepEqual(closed, ['/b']);
});
