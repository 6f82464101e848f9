import assert from 'node:assert/strict';
import test from 'node:test';
import { kill } from '../store/store_rig.ts';
import { interrupted, luckOf } from './interrupted.ts';
import {
  damagesIn,
  delivered,
  diskWithChunk,
  keptIn,
  putOnly,
  repair,
  texts,
} from './repair_rig.ts';

const damages: readonly {
  readonly name: string;
  readonly isSealed: boolean;
  readonly damage: (whole: Buffer) => Buffer;
  readonly text: string;
  readonly kept: string;
}[] = [
  {
    name: 'a damaged frame',
    isSealed: true,
    damage: (whole) => overwritten(whole, 'second'),
    text: 'first third ',
    kept: '#####d ',
  },
  {
    name: 'a damaged frame of a staged chunk',
    isSealed: false,
    damage: (whole) => overwritten(whole, 'first'),
    text: 'second third ',
    kept: '#####',
  },
  {
    name: 'a torn end',
    isSealed: false,
    damage: (whole) => whole.subarray(0, whole.length - 2),
    text: 'first second ',
    kept: 'thir',
  },
  {
    name: 'a damaged footer',
    isSealed: true,
    damage: (whole) => whole.subarray(0, whole.length - 2),
    text: texts.join(''),
    kept: 'MRE1',
  },
  {
    name: 'a damaged head',
    isSealed: true,
    damage: (whole) => Buffer.concat([Buffer.from('#####'), whole.subarray(5)]),
    text: texts.join(''),
    kept: '#####',
  },
  {
    name: 'a damaged head without a footer, and a damaged frame',
    isSealed: false,
    damage: (whole) =>
      overwritten(Buffer.concat([Buffer.from('#####'), whole.subarray(5)]), 'second'),
    text: 'first third ',
    kept: '#####d ',
  },
];

function overwritten(whole: Buffer, text: string): Buffer {
  const bytes = Buffer.from(whole);
  bytes.write('#####', bytes.indexOf(text));
  return bytes;
}

test('a repair that is interrupted anywhere loses and doubles nothing, and the next one ends it', async () => {
  for (const { name, isSealed, damage, text, kept } of damages) {
    const { disk, path } = await diskWithChunk(isSealed);
    const damaged = damage(Buffer.from(disk.contentOf(path)));
    for (let calls = 0, seed = 0; ; ) {
      const where = `${name}, after ${calls} calls, luck ${seed}`;
      putOnly(disk, path, damaged);
      // Luck 0 is a kill; the others are power cuts.
      const crash = (): void => (seed === 0 ? disk.kill() : disk.cutPower(luckOf(seed)));
      const hasCrashed = await interrupted(disk, calls, crash, () => repair(disk, { tag: 'a' }));
      const { left } = await repair(disk, { tag: 'a' });
      assert.deepEqual(left, [], where);
      assert.deepEqual(await damagesIn(disk), [], where);
      const seen = await delivered(disk);
      assert.deepEqual([seen.text, seen.complaints], [text, []], where);
      assert([...keptIn(disk).values()].join('').includes(kept), where);
      kill(disk);
      if (!hasCrashed && seed === 0) break;
      seed = (seed + 1) % 4;
      if (seed === 0) calls += 1;
    }
  }
});

test('a start after an interrupted repair finds each frame at most once', async () => {
  for (const { name, isSealed, damage } of damages) {
    const { disk, path } = await diskWithChunk(isSealed);
    const damaged = damage(Buffer.from(disk.contentOf(path)));
    for (let calls = 0; ; calls += 1) {
      putOnly(disk, path, damaged);
      const isDone = !(await interrupted(
        disk,
        calls,
        () => disk.kill(),
        () => repair(disk, { tag: 'a' }),
      ));
      const { text } = await delivered(disk);
      for (const each of texts) {
        assert(text.split(each).length <= 2, `${name}, after ${calls} calls: ${text}`);
      }
      kill(disk);
      if (isDone) break;
    }
  }
});
