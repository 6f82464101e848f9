import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { ownFolder } from '../examples/running.ts';
import { freePort, isListening, startProgram } from './program.ts';
import { whyNoDisk, withSmallDisk } from './small_disk.ts';
import { describeTally, isWhole, lineOf, tallyFolder } from './tally.ts';
import { until } from './waiting.ts';

const linesAPost = 100;
function configOf(port: number): string {
  const buffer = '@type file\npath buffer\nchunk_limit_size 100k\nflush_interval 1s';
  const retry = 'retry_wait 200ms\nretry_max_interval 500ms';
  return `
<source>
@type http
bind 127.0.0.1
port ${port}
</source>
<match **>
@type file
path out/lines
append true
<format>
@type json
</format>
<buffer>
${buffer}
${retry}
</buffer>
</match>
`.replaceAll('path ', 'path FOLDER/disk/');
}

/** Posts the lines of one number after another; resolves with the status. */
async function post(port: number, number: number): Promise<number> {
  const first = number * linesAPost + 1;
  const lines = Array.from({ length: linesAPost }, (_, index) => lineOf(first + index));
  const { status } = await fetch(`http://127.0.0.1:${port}/lines`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `[${lines.join(',')}]`,
  });
  return status;
}

test('on a full disk nothing that was acknowledged is lost, and all goes on once there is room', {
  skip: whyNoDisk(),
}, async (t) => {
  const folder = ownFolder(t);
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const port = await freePort();
  const config = join(folder, 'own.conf');
  writeFileSync(config, configOf(port).replaceAll('FOLDER', folder));
  const program = startProgram(['run', '-c', config], {}, [...withSmallDisk(2), disk]);
  t.after(() => program.kill());
  await until('it does not listen', 30_000, () => isListening(port));
  const seen = join(`/proc/${program.pid}/root`, disk);
  writeFileSync(join(seen, 'filler'), Buffer.alloc(1_200_000));

  const refused: number[] = [];
  let next = 0;
  while (refused.length < 3) {
    assert(next < 400, 'the disk never fills');
    const status = await post(port, next);
    assert(status === 200 || status === 503, `status ${status}`);
    if (status === 503) refused.push(next);
    next += 1;
  }
  assert(next > refused.length, 'nothing was taken at all');
  rmSync(join(seen, 'filler'));
  for (const number of refused) {
    await until('it takes nothing', 20_000, async () => (await post(port, number)) === 200);
  }
  const tally = () => tallyFolder(join(seen, 'out'), next * linesAPost);
  await until('something is missing', 30_000, () => tally().missing.length === 0);
  assert(isWhole(tally()), describeTally(tally()));
});
