import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import forward from '../../../../connectors/input/forward.ts';
import file from '../../../../connectors/output/file.ts';
import { findDeadLetters } from '../../../../lib/buffer/letters/find_letters.ts';
import { RawString } from '../../../../lib/event/entry.ts';
import { silentLog } from '../../../../lib/log.ts';
import { pipeline } from '../../../../lib/process/embed.ts';
import outFile from '../../../../operators/formatter/out_file.ts';
import { entry } from '../../buffer/rig.ts';
import { bury, deadLetter, resortIn, rootFolder } from './letters_rig.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  server.close();
  await once(server, 'close');
  return port;
}

/** A Millrace that takes events by the forward protocol and writes them to files, one a tag. */
async function receiver(t: TestContext) {
  const root = rootFolder(t);
  const port = await freePort();
  const running = await pipeline({ rootDir: root })
    .from(forward, { bind: '127.0.0.1', port })
    .match((m) =>
      m.to(
        file,
        {
          path: join(root, 'out.${tag}'),
          append: true,
          format: outFile({ outputTag: false, timeFormat: '%s.%N' }),
        },
        { buffer: { type: 'file', chunkKeys: ['tag'], flushInterval: '1h' } },
      ),
    )
    .run({ log: silentLog });
  t.after(() => running.stop());
  const written = async (tag: string): Promise<string> => {
    await running.flush();
    const path = join(root, `out.${tag}.log`);
    return existsSync(path) ? readFileSync(path, 'latin1') : '';
  };
  return { to: `127.0.0.1:${port}`, written };
}

const line = (n: number, more = ''): string =>
  `1700000000.${String(n).padStart(9, '0')}\t{"n":${n}${more}}\n`;

test('what is replayed arrives exactly, and once however often it is replayed', async (t) => {
  const root = rootFolder(t);
  const record = { big: 2n ** 63n, text: new RawString(new Uint8Array([0x61, 0xff])) };
  await bury(t, root, 'app', [entry(1), entry(2, record)]);
  await resortIn(root).fail('odd', entry(3));
  const { to, written } = await receiver(t);
  for (let time = 0; time < 2; time += 1) {
    const { code, err, out } = await deadLetter('replay', root, '--to', to);
    assert.deepEqual([code, err], [0, '']);
    assert.equal(out, `replayed 3 events of 2 dead letters to ${to}\n`);
    const exact = line(2, ',"big":9223372036854775808,"text":"a\u00ff"');
    assert.equal(await written('app'), line(1) + exact);
    assert.equal(await written('odd'), line(3));
  }
});

test('under another tag it is sent anew', async (t) => {
  const root = rootFolder(t);
  await bury(t, root, 'app', [entry(1)]);
  const { to, written } = await receiver(t);
  await deadLetter('replay', root, '--to', to);
  await deadLetter('replay', root, '--to', to, '--tag', 'other');
  assert.equal(await written('app'), line(1));
  assert.equal(await written('other'), line(1));
});

test('only the letters that are named are sent, and deleted only when asked', async (t) => {
  const root = rootFolder(t);
  for (const n of [1, 2]) await bury(t, root, 'app', [entry(n)], { outputId: `out${n}` });
  const { to, written } = await receiver(t);
  const second = findDeadLetters(join(root, 'worker0/out2'))[0]?.id ?? '';
  await deadLetter('replay', root, second, '--to', to);
  assert.equal(await written('app'), line(2));
  assert.equal(findDeadLetters(root).length, 2);
  await deadLetter('replay', root, second, '--to', to, '--delete');
  assert.deepEqual(readdirSync(join(root, 'worker0/out2/dead_letter')), []);
  assert.equal(findDeadLetters(root).length, 1);
});

test('many events go in several frames, whatever their tags', async (t) => {
  const root = rootFolder(t);
  const entries = Array.from({ length: 2500 }, (_, n) => entry(n));
  await bury(t, root, 'app', entries);
  const resort = resortIn(root);
  for (const tag of ['x', 'y', 'x']) await resort.fail(tag, entry(1), entry(2));
  const { to, written } = await receiver(t);
  for (let time = 0; time < 2; time += 1) await deadLetter('replay', root, '--to', to);
  assert.equal(await written('app'), entries.map((_, n) => line(n)).join(''));
  assert.equal(await written('x'), (line(1) + line(2)).repeat(2));
  assert.equal(await written('y'), line(1) + line(2));
});

test('a process that still adds to a file begins another when that one is replayed', async (t) => {
  const root = rootFolder(t);
  const resort = resortIn(root);
  await resort.fail('odd', entry(1));
  const { to, written } = await receiver(t);
  await deadLetter('replay', root, '--to', to);
  await resort.fail('odd', entry(2));
  assert.equal(findDeadLetters(root).length, 2);
  await deadLetter('replay', root, '--to', to, '--delete');
  assert.equal(await written('odd'), line(1) + line(2));
  assert.deepEqual(findDeadLetters(root), []);
});

test('formatted text cannot be replayed, which is told while the rest is sent', async (t) => {
  const root = rootFolder(t);
  await bury(t, root, 'text', [entry(1)], { isFormatted: true });
  await bury(t, root, 'app', [entry(2)], { outputId: 'out_db' });
  const { to, written } = await receiver(t);
  const { code, err, out } = await deadLetter('replay', root, '--to', to, '--delete');
  assert.equal(code, 1);
  assert.match(err, /^dead letter [0-9a-f]{32}: it holds what an output had formatted/);
  assert.match(out, /^replayed 1 event of 1 dead letter to /);
  assert.equal(await written('app'), line(2));
  assert.equal(findDeadLetters(root).length, 1);
});

test('a damaged line keeps its letter from being deleted', async (t) => {
  const root = rootFolder(t);
  await resortIn(root).fail('odd', entry(1));
  appendFileSync(findDeadLetters(root)[0]?.linesPath ?? '', '{"time":"2023\n{"time":');
  const { to, written } = await receiver(t);
  const { code, err } = await deadLetter('replay', root, '--to', to, '--delete');
  assert.equal(code, 1);
  assert.match(err, /: line 2 is no event: not JSON.*\n.*: line 3 is no event: it is not whole\n$/);
  assert.equal(await written('odd'), line(1));
  assert.equal(findDeadLetters(root).length, 1);
});

test('no server is an error, and everything stays', async (t) => {
  const root = rootFolder(t);
  await bury(t, root, 'app', [entry(1)]);
  const port = await freePort();
  const { code, err } = await deadLetter('replay', root, '--to', `127.0.0.1:${port}`, '--delete');
  assert.equal(code, 1);
  assert.match(err, new RegExp(`error\\[MR_NET\\]: 127\\.0\\.0\\.1:${port}: `));
  assert.equal(findDeadLetters(root).length, 1);
});
