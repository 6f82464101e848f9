import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ownFolder } from '../examples/running.ts';
import { expectedContent, type LaneOf, writtenContent } from './content.ts';

const one = ['{"user":"user-1","n":1}', '{"user":"user-2","n":2}', '{"user":"user-1","n":3}'];

/** Whether files with these lines hold what is expected of the lines of `one`. */
async function isEqual(
  t: TestContext,
  files: Readonly<Record<string, readonly string[]>>,
  laneOf: LaneOf = () => '',
): Promise<boolean> {
  const folder = ownFolder(t);
  const out = join(folder, 'out');
  mkdirSync(out);
  const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
  writeFileSync(join(folder, 'input'), textOf(one));
  for (const [name, lines] of Object.entries(files)) writeFileSync(join(out, name), textOf(lines));
  const expected = await expectedContent(join(folder, 'input'), (line) => line, laneOf);
  const written = await writtenContent(out, laneOf);
  return expected.lines === written.lines && expected.digest === written.digest;
}

test('the same lines are equal however they are spaced and spread over files', async (t) => {
  assert(await isEqual(t, { 'log.1.log': one.slice(0, 2), 'log.2.log': one.slice(2) }));
  assert(await isEqual(t, { log: one.map((line) => line.replaceAll(',', ', ')) }));
});

test('a line that is missing, changed, twice or out of order is seen', async (t) => {
  const [first = '', second = '', third = ''] = one;
  for (const lines of [
    [first, second],
    [first, second, third.replace('3', '4')],
    [first, second, third, third],
    [first, third, second],
  ]) {
    assert.equal(await isEqual(t, { log: lines }), false, lines.join());
  }
});

test('lines of different lanes may come mixed, those of one may not', async (t) => {
  const [first = '', second = '', third = ''] = one;
  const userOf: LaneOf = ({ user }) => String(user);
  assert(await isEqual(t, { 'user-1': [first, third], 'user-2': [second] }, userOf));
  assert.equal(await isEqual(t, { log: [third, first, second] }, userOf), false);
});
