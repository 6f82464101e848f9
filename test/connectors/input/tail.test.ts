import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import tail from '../../../connectors/input/tail.ts';
import { inputLaws } from '../../../lib/testing/laws/input_laws.ts';
import none from '../../../operators/parser/none.ts';
import { numbered, TailRig } from './tail_rig.ts';

let lawfulFolder = '';
inputLaws(
  tail,
  () => {
    lawfulFolder = mkdtempSync(join(tmpdir(), 'tail-laws-'));
    const posFile = join(lawfulFolder, 'pos');
    const path = join(lawfulFolder, '*.log');
    return { path, posFile, tag: 'app', readFromHead: true, parse: none() };
  },
  {
    test,
    stimulate: () => appendFileSync(join(lawfulFolder, 'app.log'), 'one\ntwo\n'),
    cleanUp: () => rmSync(lawfulFolder, { recursive: true }),
  },
);

test('reads a file from its begin and what is appended later', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 3);
  const life = rig.start();
  await rig.arrived(life, 3);
  rig.writeLines(4, 5);
  await rig.arrived(life, 5);
  await life.stop();
});

test('starts at the end of files that are there at the first start, at a whole line', async (context) => {
  const rig = new TailRig(context);
  rig.write('old\nha');
  const life = rig.start({ readFromHead: false });
  await life.until(() => life.metric('files') === 1);
  rig.write('lf\nnew\n');
  await life.until(() => rig.store.lines.length === 2);
  assert.deepEqual(rig.store.lines, ['half', 'new']);
  await life.stop();
});

test('emits a line only when it is complete', async (context) => {
  const rig = new TailRig(context);
  rig.write('one\ntw');
  const life = rig.start();
  await life.until(() => rig.store.lines.length === 1);
  rig.write('o\r\nthr');
  await life.until(() => rig.store.lines.length === 2);
  assert.deepEqual(rig.store.lines, ['one', 'two']);
  await life.stop();
});

test('goes on where it stopped', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 3);
  const first = rig.start();
  await rig.arrived(first, 3);
  await first.stop();
  rig.writeLines(4, 6);
  const second = rig.start({ readFromHead: false });
  await rig.arrived(second, 6);
  assert.equal(second.batches.length, 1);
  await second.stop();
});

test('follows a file that is rotated by rename and create', async (context) => {
  const rig = new TailRig(context);
  const life = rig.start();
  writeFileSync(rig.log, '');
  rig.writeLines(1, 3);
  await rig.arrived(life, 3);
  assert.deepEqual(rig.store.lines, numbered(1, 3));
  await life.stop();
});
