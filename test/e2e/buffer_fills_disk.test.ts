import assert from 'node:assert/strict';
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { seededRandom } from '../../lib/testing/seeded_random.ts';
import { ownFolder } from '../examples/running.ts';
import { AckingSender } from './acking_sender.ts';
import { freePort, isListening, startProgram } from './program.ts';
import { whyNoDisk, withSmallDisk } from './small_disk.ts';
import { describeTally, isWhole, tallyFolder } from './tally.ts';
import { until } from './waiting.ts';

const diskMegabytes = 64;
/** So that the buffer need not write all of it. */
const fillerMegabytes = 56;
const plugins = join(import.meta.dirname, 'plugins');

function configOf(folder: string, port: number, action: string): string {
  return `
<source>
  @type forward
  bind 127.0.0.1
  port ${port}
  skip_repeated_chunks true
</source>
<match **>
  @type slow
  path ${folder}/out/lines.log
  fast_when ${folder}/be_fast
  <buffer>
    @type file
    path ${folder}/disk/buffer
    chunk_limit_size 256k
    flush_interval 1s
    retry_wait 200ms
    ${action}
  </buffer>
</match>
`;
}

for (const action of ['', 'overflow_action block']) {
  const named = action === '' ? 'the usual overflow_action' : `\`${action}\``;
  test(`senders wait while the buffer fills the disk, and all arrives once it can go out, with ${named}`, {
    skip: whyNoDisk(),
  }, async (t) => {
    const folder = ownFolder(t);
    const disk = join(folder, 'disk');
    for (const path of [disk, join(folder, 'out')]) mkdirSync(path);
    const port = await freePort();
    const config = join(folder, 'own.conf');
    writeFileSync(config, configOf(folder, port, action));
    const within = [...withSmallDisk(diskMegabytes), disk];
    const program = startProgram(['run', '-c', config, '-p', plugins], {}, within);
    t.after(() => program.kill());
    await until('it does not listen', 30_000, () => isListening(port));
    const seen = join(`/proc/${program.pid}/root`, disk);
    writeFileSync(join(seen, 'filler'), Buffer.alloc(fillerMegabytes * 1024 * 1024));

    const setup = { port, tag: 'app', linesASecond: 30_000, random: seededRandom(1) };
    const sender = new AckingSender(setup);
    sender.start();
    const freeBytes = (): number => statfsSync(seen).bavail * statfsSync(seen).bsize;
    await until('the disk never fills', 120_000, () => freeBytes() < 128 * 1024);
    await until('chunks do not wait', 20_000, () => sender.isWindowFull);
    const before = sender.acknowledged;
    assert(before > 10_000, `only ${before} lines were taken`);

    writeFileSync(join(folder, 'be_fast'), '');
    await until('it takes no more', 60_000, () => sender.acknowledged > before + 5000);
    await sender.stop(0, 60_000);
    const out = join(folder, 'out');
    const tally = () => tallyFolder(out, sender.made);
    await until('something is missing', 60_000, () => tally().missing.length === 0, 500);
    assert(isWhole(tally()), describeTally(tally()));
    assert.equal(await program.stop(), 0, program.output().slice(-2000));
  });
}
