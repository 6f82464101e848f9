import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import test, { type TestContext } from 'node:test';
import { outcomePath } from '../../../../lib/buffer/outcome_file.ts';
import { bufferWith, runBuffer } from './buffer_rig.ts';

/** A buffer with a chunk of four events, of which the first two are delivered and the third is refused. */
async function dividedBuffer(t: TestContext, outcomes?: string): Promise<string> {
  const records = [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }];
  const { folder, paths } = await bufferWith(t, [{ records }]);
  const path = outcomePath(folder, basename(paths[0] ?? '').slice(0, 32));
  mkdirSync(dirname(path));
  const lines = [
    '{"first":0,"end":4,"refused":"no"}',
    '{"first":0,"end":2,"rejected":[]}',
    '{"first":2,"end":4,"refused":"no"}',
    '{"first":2,"end":3,"refused":"2 is poison"}',
  ];
  writeFileSync(path, outcomes ?? lines.map((line) => `${line}\n`).join(''));
  return folder;
}

test('of a divided chunk it is told how much is delivered', async (t) => {
  const folder = await dividedBuffer(t);
  assert.match((await runBuffer('ls', folder)).out, / 4 .* app {2}\(2 of them delivered\)\n/);
  const [row] = (await runBuffer('ls', '--json', folder)).lines();
  assert.deepEqual([row.events, row.deliveredEvents], [4, 2]);
  const { out } = await runBuffer('show', '--head', folder);
  assert.match(out, /\ndivided {2}2 events delivered, 1 refused, 1 to be written yet\n/);
  const { code, out: verdict } = await runBuffer('verify', folder);
  assert.deepEqual([code, / other fault|of others/.test(verdict)], [0, false]);
});

test('an export leaves out what is delivered, and says so', async (t) => {
  const folder = await dividedBuffer(t);
  const { code, err, lines } = await runBuffer('export', folder);
  assert.equal(code, 0);
  assert.deepEqual(
    lines().map(({ record }) => record.n),
    [2, 3],
  );
  assert.match(err, /\.queued: 2 events left out, which were delivered already\n$/);
});

test('outcomes that are damaged, or about another number of events, are a fault', async (t) => {
  for (const outcomes of ['{"first":0,"end":5,"refused":"no"}\n', '{"first":0,"en\n']) {
    const folder = await dividedBuffer(t, outcomes);
    const { code, out } = await runBuffer('verify', folder);
    assert.equal(code, 1);
    assert.match(out, /bisection\/[0-9a-f]{32}\.jsonl: what came of the parts .* is damaged/);
    assert.equal((await runBuffer('export', folder)).lines().length, 4);
  }
  // The end of a line that was being written at a kill is no damage.
  const torn = await dividedBuffer(t, '{"first":0,"en');
  assert.equal((await runBuffer('verify', torn)).code, 0);
});
