import assert from 'node:assert/strict';
import test from 'node:test';
import { runsFactor } from '../chance.ts';
import { contentOf, diskWithChunk, layoutOf, texts } from './chunk_on_disk.ts';
import { folder, kill, openStore, quarantined } from './store_rig.ts';

const sectorBytes = 512;

test('damage to any bit of a chunk costs at most the frame that it is in, which is put aside', async () => {
  for (const isSealed of [false, true]) {
    const { disk, path } = await diskWithChunk(isSealed);
    const whole = Buffer.from(disk.contentOf(path));
    const layout = layoutOf(whole);
    assert.equal(layout.length, isSealed ? 6 : 5);
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const at = bit >>> 3;
      // Of a sealed one some bits only, except in long runs.
      if (isSealed && runsFactor < 8 && (bit & 7) !== (at & 7)) continue;
      const damaged = Buffer.from(whole);
      damaged[at] = (whole[at] ?? 0) ^ (1 << (bit & 7));
      for (const each of disk.paths) if (each.startsWith(folder)) disk.delete(each);
      disk.put(path, damaged);
      const rig = await openStore(disk);
      const content = await contentOf(rig);
      const stretch = layout.findLastIndex((start) => start <= at);
      const where = `bit ${bit}, sealed: ${isSealed}`;
      const names = quarantined(disk);
      if (stretch === 0) {
        assert.equal(content, '', where);
        const name = path.slice(folder.length + 1);
        assert.deepEqual(names, [name, `${name}.reason.json`], where);
      } else if (stretch <= 3) {
        assert.equal(content, texts.toSpliced(stretch - 1, 1).join(''), where);
        assert.equal(names.length, 2, where);
        const [bytes = '', reason = ''] = names;
        const kept = disk.contentOf(`${folder}/quarantine/${bytes}`);
        const lost = damaged.subarray(layout[stretch], layout[stretch + 1]);
        assert.deepEqual(kept, Buffer.from(lost), where);
        const said = JSON.parse(disk.contentOf(`${folder}/quarantine/${reason}`).toString());
        assert.deepEqual([said.tag, said.bytes], ['a', lost.length], where);
        assert.match(said.reason, /whole/);
        assert.equal(rig.metric('quarantined_total'), 1, where);
      } else assert.equal(content, texts.join(''), where);
      kill(disk);
    }
  }
});

/** What a power cut or a disk can make of the sectors of a file: one is zero, or holds another's, or two are swapped. */
function* badSectors(whole: Buffer): Generator<Buffer> {
  const count = Math.ceil(whole.length / sectorBytes);
  const sector = (index: number): Buffer =>
    whole.subarray(index * sectorBytes, (index + 1) * sectorBytes);
  for (let one = 0; one < count; one += 1) {
    const zeroed = Buffer.from(whole);
    yield zeroed.fill(0, one * sectorBytes, Math.min(whole.length, (one + 1) * sectorBytes));
    for (let other = 0; other < count - 1; other += 1) {
      if (other === one || one === count - 1) continue;
      const bytes = Buffer.from(whole);
      bytes.set(sector(other), one * sectorBytes);
      yield Buffer.from(bytes);
      bytes.set(sector(one), other * sectorBytes);
      if (other > one) yield bytes;
    }
  }
}

test('sectors that are zero, swapped or of other places cost the frames that they touch, counted and put aside', async () => {
  const long = Array.from({ length: 6 }, (_, n) => `${n}:${String(n).repeat(690)};`);
  for (const isSealed of [false, true]) {
    const { disk, path } = await diskWithChunk(isSealed, long);
    const whole = Buffer.from(disk.contentOf(path));
    const layout = layoutOf(whole);
    for (const [index, bytes] of [...badSectors(whole)].entries()) {
      for (const each of disk.paths) if (each.startsWith(folder)) disk.delete(each);
      disk.put(path, bytes);
      const rig = await openStore(disk);
      const content = await contentOf(rig);
      const isTouched = (stretch: number): boolean => {
        const [start, end] = [layout[stretch], layout[stretch + 1]];
        return !bytes.subarray(start, end).equals(whole.subarray(start, end));
      };
      const where = `${index}, sealed: ${isSealed}`;
      const expected = isTouched(0) ? [] : long.filter((_, frame) => !isTouched(frame + 1));
      assert.equal(content, expected.join(''), where);
      const counted = rig.metric('quarantined_total') + rig.metric('torn_tails_total');
      if (expected.length < long.length)
        assert(counted > 0 && quarantined(disk).length >= 2, where);
      kill(disk);
    }
  }
});
