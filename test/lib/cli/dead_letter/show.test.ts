import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { findDeadLetters } from '../../../../lib/buffer/letters/find_letters.ts';
import { RawString } from '../../../../lib/event/entry.ts';
import { entry } from '../../buffer/rig.ts';
import { bury, deadLetter, resortIn, rootFolder } from './letters_rig.ts';

test('ls lists dead letters of all outputs and of events that failed on their way', async (t) => {
  const root = rootFolder(t);
  await bury(t, root, 'app.web', [entry(1), entry(2)]);
  await bury(t, root, 'app.db', [entry(3)], { outputId: 'out_db', isFormatted: true });
  await resortIn(root).fail('app.odd', entry(4));
  const { code, out } = await deadLetter('ls', root);
  assert.equal(code, 0);
  const [header, ...rows] = out
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  assert.deepEqual(header, ['ID', 'WHERE', 'TAG', 'EVENTS', 'ATTEMPTS', 'DIED', 'REASON']);
  const total = rows.pop();
  assert.deepEqual(total, ['3 dead letters, 4 events']);
  assert.deepEqual(rows.map(([, where, tag, events]) => [where, tag, events]).sort(), [
    ['filter_parser', 'app.odd', '1'],
    ['out_db', 'app.db', '1'],
    ['out_web', 'app.web', '2'],
  ]);
  assert.match(out, /the receiver said no \(formatted text\)\n/);
  assert.match(out, /no JSON\n/);
});

test('ls --json is for programs, and an empty folder is no fault', async (t) => {
  const root = rootFolder(t);
  assert.match((await deadLetter('ls', root)).out, /^there are no dead letters in /);
  await bury(t, root, 'app', [entry(1)]);
  const letter = JSON.parse((await deadLetter('ls', root, '--json')).out);
  const { attempts, count, outputId, tags } = letter;
  assert.deepEqual([attempts, count, outputId, tags], [1, 1, 'out_web', ['app']]);
});

test('the folder may be that of one output, and other files in it do not matter', async (t) => {
  const root = rootFolder(t);
  await bury(t, root, 'app', [entry(1)]);
  const own = join(root, 'worker0/out_web/dead_letter');
  writeFileSync(join(own, 'notes.jsonl'), 'x');
  mkdirSync(join(root, 'quarantine'));
  writeFileSync(join(root, 'quarantine', `${'0'.repeat(32)}-5.reason.json`), '{}');
  assert.equal(findDeadLetters(own).length, 1);
  assert.equal(findDeadLetters(root).length, 1);
});

test('show prints why, and the events with the reason of each', async (t) => {
  const root = rootFolder(t);
  const record = { big: 2n ** 63n, text: new RawString(new Uint8Array([0x61, 0xff])) };
  await bury(t, root, 'app', [entry(1), entry(2, record), entry(3)], { rejected: [1] });
  const [letter] = findDeadLetters(root);
  const { code, out } = await deadLetter('show', root, letter?.id.slice(0, 20) ?? '');
  assert.equal(code, 0);
  assert.match(
    out,
    /^output +out_web\ntag +app\nreason +1 entry was refused: no 1\nattempts +1\n/m,
  );
  assert.match(out, /^holds +1 event\nfile +\/.*\.jsonl\n\n/m);
  assert.match(
    out,
    /\n2023-11-14T22:13:20\.000000002Z app \{"n":2,"big":9223372036854775808,"text":"a\ufffd"\}\n {4}no 1\n$/,
  );
});

test('show prints text that an output had formatted', async (t) => {
  const root = rootFolder(t);
  await bury(t, root, 'app', [entry(1), entry(2)], { isFormatted: true });
  const id = findDeadLetters(root)[0]?.id ?? '';
  assert.match(
    (await deadLetter('show', root, id)).out,
    /, as formatted text\n.*\n\nformatted\nformatted\n$/,
  );
  assert.equal(
    JSON.parse((await deadLetter('show', root, id, '--json')).out).text,
    'formatted\n'.repeat(2),
  );
});

test('show --json holds what the lines do', async (t) => {
  const root = rootFolder(t);
  await resortIn(root).fail('app', entry(1), entry(2));
  const { out } = await deadLetter('show', root, '17', '--json');
  const { count, events, plugins } = JSON.parse(out);
  assert.equal(count, 2);
  assert.deepEqual(plugins, ['filter_parser']);
  assert.deepEqual(events[1], {
    time: '2023-11-14T22:13:20.000000002Z',
    tag: 'app',
    plugin: 'filter_parser',
    reason: 'no JSON',
    record: { n: 2 },
  });
});

test('a dead letter whose reason is gone is shown all the same', async (t) => {
  const root = rootFolder(t);
  await bury(t, root, 'app', [entry(1)]);
  const [letter] = findDeadLetters(root);
  rmSync(letter?.reasonPath ?? '');
  const { out } = await deadLetter('show', root, letter?.id ?? '');
  assert.match(out, /^tag +app\nreason +unknown\n/m);
});

test('an id that means none or several is an error', async (t) => {
  const root = rootFolder(t);
  for (const n of [1, 2]) await bury(t, root, 'app', [entry(n)]);
  const none = await deadLetter('show', root, 'ffff');
  assert.equal(none.code, 1);
  assert.match(none.err, /there is no dead letter `ffff` in .*\n.*dead-letter ls/);
  assert.match((await deadLetter('show', root, '0')).err, /several dead letters/);
});
