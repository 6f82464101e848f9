import assert from 'node:assert/strict';
import {
  copyFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { numbered, TailRig } from './tail_rig.ts';

test('reads a renamed file to its end, then the new one', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 3);
  const life = rig.start();
  await rig.arrived(life, 3);
  rig.writeLines(4, 5);
  renameSync(rig.log, `${rig.log}.1`);
  rig.writeLines(6, 7);
  await rig.arrived(life, 7);
  assert.equal(life.metric('rotations_total'), 1);
  await life.stop();
});

test('reads what is written to a renamed file after the new one is there', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 2);
  const life = rig.start({ rotateWait: 1e9 });
  await rig.arrived(life, 2);
  renameSync(rig.log, `${rig.log}.1`);
  rig.writeLines(3, 3);
  await rig.arrived(life, 3);
  rig.writeLines(4, 4, `${rig.log}.1`);
  await rig.arrived(life, 4);
  await life.stop();
});

test('finds all logs that were rotated between two looks, in order', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 2);
  const life = rig.start();
  await rig.arrived(life, 2);
  rig.writeLines(3, 4);
  renameSync(rig.log, `${rig.log}.1`);
  rig.writeLines(5, 6);
  renameSync(`${rig.log}.1`, `${rig.log}.2`);
  renameSync(rig.log, `${rig.log}.1`);
  rig.writeLines(7, 8);
  await rig.arrived(life, 8);
  await life.stop();
});

for (const [what, pattern] of [
  ['a path', 'app.log'],
  ['a pattern that matches rotated logs too', 'app.log*'],
] as const) {
  test(`rotations while the process is down lose and repeat nothing, with ${what}`, async (context) => {
    const rig = new TailRig(context);
    const given = { path: join(rig.folder, pattern) };
    rig.writeLines(1, 2);
    const first = rig.start(given);
    await rig.arrived(first, 2);
    await first.stop();
    rig.writeLines(3, 4);
    for (const begin of [5, 7, 9]) {
      rig.rotate(`app.log.${100 - begin}`);
      rig.writeLines(begin, begin + 1);
    }
    const second = rig.start({ ...given, readFromHead: false });
    await rig.arrived(second, 10);
    await second.stop();
    const third = rig.start({ ...given, readFromHead: false });
    rig.writeLines(11, 11);
    await rig.arrived(third, 11);
    await third.stop();
  });

  test(`a copy made before a truncation is not read again, with ${what}`, async (context) => {
    const rig = new TailRig(context);
    const life = rig.start({ path: join(rig.folder, pattern), refreshInterval: 1000 });
    rig.writeLines(1, 3);
    await rig.arrived(life, 3);
    copyFileSync(rig.log, `${rig.log}.1`);
    await life.pass(3000);
    truncateSync(rig.log);
    await life.pass(1000);
    rig.writeLines(4, 6);
    await rig.arrived(life, 6);
    await life.pass(10_000);
    rig.writeLines(7, 7);
    await rig.arrived(life, 7);
    assert.equal(life.metric('truncations_total'), 1);
    await life.stop();
  });

  test(`what was not read before a truncation is read from the copy, with ${what}`, async (context) => {
    const rig = new TailRig(context);
    const life = rig.start({ path: join(rig.folder, pattern), refreshInterval: 1000 });
    rig.writeLines(1, 3);
    await rig.arrived(life, 3);
    rig.writeLines(4, 5);
    copyFileSync(rig.log, `${rig.log}.1`);
    truncateSync(rig.log);
    rig.writeLines(6, 16);
    await rig.arrived(life, 16);
    await life.stop();
    assert.equal(life.metric('truncations_total'), 1);
  });

  test(`copy and truncate, then a rotation, while the process is down, with ${what}`, async (context) => {
    const rig = new TailRig(context);
    const given = { path: join(rig.folder, pattern), refreshInterval: 1000 };
    rig.writeLines(1, 3);
    const first = rig.start(given);
    await rig.arrived(first, 3);
    await first.stop();
    rig.writeLines(4, 5);
    copyFileSync(rig.log, `${rig.log}.1`);
    truncateSync(rig.log);
    rig.writeLines(6, 7);
    copyFileSync(rig.log, `${rig.log}.2`);
    truncateSync(rig.log);
    rig.writeLines(8, 9);
    renameSync(rig.log, `${rig.log}.3`);
    rig.writeLines(10, 11);
    const second = rig.start(given);
    await second.until(() => rig.store.lines.length >= 11);
    await second.pass(20_000);
    rig.writeLines(12, 12);
    await second.until(() => rig.store.lines.length >= 12);
    assert.deepEqual(new Set(rig.store.lines), new Set(numbered(1, 12)));
    assert.equal(rig.store.lines.length, 12);
    await second.stop();
  });
}

test('starts anew in a file that was truncated and has grown beyond where it was read', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 3);
  const life = rig.start();
  await rig.arrived(life, 3);
  writeFileSync(rig.log, '');
  rig.writeLines(4, 40);
  await rig.arrived(life, 40);
  await life.stop();
});

test('notices a truncation by which the file is as long as before', async (context) => {
  const rig = new TailRig(context);
  rig.write('one\ntwo\n');
  const life = rig.start();
  await life.until(() => rig.store.lines.length === 2);
  writeFileSync(rig.log, 'six\nten\n');
  await life.until(() => rig.store.lines.length === 4);
  assert.deepEqual(rig.store.lines, ['one', 'two', 'six', 'ten']);
  await life.stop();
});

test('tells generations with the same first line apart', async (context) => {
  const rig = new TailRig(context);
  rig.write('header\n');
  rig.writeLines(1, 1);
  const first = rig.start();
  await first.until(() => rig.store.lines.length === 2);
  writeFileSync(rig.log, 'header\n');
  rig.writeLines(2, 2);
  await first.until(() => rig.store.lines.length === 4);
  rig.kill(first);
  const second = rig.start();
  rig.writeLines(3, 3);
  await second.until(() => rig.store.lines.length === 5);
  assert.equal(rig.store.lines.filter((line) => line === 'header').length, 2);
  await second.stop();
});

test('emits the last line of a rotated file, though it has no line feed, once the file rests', async (context) => {
  const rig = new TailRig(context);
  rig.write('whole\nhalf');
  const life = rig.start({ rotateWait: 5000 });
  await life.until(() => rig.store.lines.length === 1);
  renameSync(rig.log, `${rig.log}.1`);
  await life.pass(4000);
  rig.write(' a line', `${rig.log}.1`);
  await life.pass(4000);
  assert.equal(rig.store.lines.length, 1);
  await life.until(() => rig.store.lines.length === 2);
  assert.equal(rig.store.lines[1], 'half a line');
  await life.stop();
});

test('reads a file that was deleted to its end', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 1);
  const life = rig.start();
  await rig.arrived(life, 1);
  rig.writeLines(2, 3);
  rmSync(rig.log);
  await rig.arrived(life, 3);
  await life.until(() => life.metric('files') === 0);
  assert.match(rig.readPositions(), /^[^\t]+\tf{16}\t/);
  rig.writeLines(4, 4);
  await rig.arrived(life, 4);
  await life.stop();
});

test('follows a link to another file', async (context) => {
  const rig = new TailRig(context);
  const target = join(rig.folder, 'pod-0.log');
  rig.writeLines(1, 2, target);
  symlinkSync(target, rig.log);
  const life = rig.start();
  await rig.arrived(life, 2);
  rig.writeLines(3, 3, target);
  const next = join(rig.folder, 'pod-1.log');
  rig.writeLines(4, 5, next);
  rmSync(rig.log);
  symlinkSync(next, rig.log);
  await rig.arrived(life, 5);
  await life.stop();
});

test('finds rotated logs beside the file that a link leads to', async (context) => {
  const rig = new TailRig(context);
  const target = join(rig.folder, 'pod.log');
  rig.writeLines(1, 2, target);
  symlinkSync(target, rig.log);
  const first = rig.start();
  await rig.arrived(first, 2);
  await first.stop();
  rig.writeLines(3, 3, target);
  renameSync(target, `${target}.1`);
  rig.writeLines(4, 4, target);
  renameSync(target, `${target}.2`);
  rig.writeLines(5, 5, target);
  const second = rig.start();
  await rig.arrived(second, 5);
  await second.stop();
});

test('reads a file once that has two names', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 2);
  symlinkSync(rig.log, join(rig.folder, 'also.log'));
  const life = rig.start({ path: join(rig.folder, '*.log') });
  await rig.arrived(life, 2);
  await life.pass(10_000);
  rig.write('half');
  await life.pass(10_000);
  rig.write('\n');
  await life.until(() => rig.store.lines.length === 3);
  assert.equal(rig.store.lines[2], 'half');
  await life.stop();
});

test('goes on where it was when a file is moved away and back', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 2);
  const life = rig.start();
  await rig.arrived(life, 2);
  renameSync(rig.log, `${rig.log}.bak`);
  await life.pass(20_000);
  renameSync(`${rig.log}.bak`, rig.log);
  rig.writeLines(3, 3);
  await rig.arrived(life, 3);
  await life.stop();
});

test('leaves logs alone that were rotated long before, unpacked, or made before the first start', async (context) => {
  const rig = new TailRig(context, 60_000);
  rig.write('older\n', `${rig.log}.1`);
  rig.writeLines(1, 2);
  const first = rig.start();
  await rig.arrived(first, 2);
  await first.pass(2000);
  await first.stop();
  renameSync(`${rig.log}.1`, `${rig.log}.2`);
  renameSync(rig.log, `${rig.log}.1`);
  rig.writeLines(3, 4);
  const second = rig.start();
  await rig.arrived(second, 4);
  await second.pass(10_000);
  await second.stop();
  assert.equal(rig.store.lines.length, 4);
});
