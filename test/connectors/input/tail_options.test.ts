import assert from 'node:assert/strict';
import { existsSync, readdirSync, readlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { numbered, TailRig } from './tail_rig.ts';

test('`path_key` gives each event the path of its file', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 1);
  const life = rig.start({ pathKey: 'path' });
  await rig.arrived(life, 1);
  const [entry] = rig.store.batches[0]?.entries() ?? [];
  assert.deepEqual(entry?.record, { message: rig.store.lines[0], path: rig.log });
  await life.stop();
});

test('a `*` in the tag is the path with dots', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 1);
  const life = rig.start({ tag: 'log.*.x' });
  await rig.arrived(life, 1);
  assert.equal(rig.store.batches[0]?.tag, `log.${rig.log.slice(1).replaceAll('/', '.')}.x`);
  await life.stop();
});

test('files of `exclude_path` are not read', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 1);
  rig.write('not this\n', join(rig.folder, 'debug.log'));
  const path = join(rig.folder, '*.log');
  const life = rig.start({ path, excludePath: [join(rig.folder, 'debug*')] });
  await rig.arrived(life, 1);
  await life.pass(3000);
  assert.equal(life.metric('files'), 1);
  await life.stop();
});

test('files that were last written before `limit_recently_modified` are not read', async (context) => {
  const rig = new TailRig(context, 0);
  rig.writeLines(1, 1);
  const old = join(rig.folder, 'old.log');
  rig.write('not this\n', old);
  const dayAgo = Date.now() / 1000 - 86_400;
  utimesSync(old, dayAgo, dayAgo);
  const path = join(rig.folder, '*.log');
  const life = rig.start({ path, limitRecentlyModified: 3_600_000 });
  await rig.arrived(life, 1);
  await life.pass(3000);
  assert.equal(life.metric('files'), 1);
  await life.stop();
});

test('text of `from_encoding` is converted to UTF-8', async (context) => {
  const rig = new TailRig(context);
  writeFileSync(rig.log, Buffer.from('836583580a', 'hex'));
  const life = rig.start({ fromEncoding: 'shift_jis', encoding: 'utf-8' });
  await life.until(() => rig.store.lines.length === 1);
  assert.deepEqual(rig.store.lines, ['テス']);
  await life.stop();
});

test('lines beyond `max_line_size` are left out and counted', async (context) => {
  const rig = new TailRig(context);
  rig.write(`short\n${'x'.repeat(30)}\n${'y'.repeat(600_000)}\nshort too\n`);
  const life = rig.start({ maxLineSize: 20 });
  await life.until(() => rig.store.lines.length === 2);
  assert.deepEqual(rig.store.lines, ['short', 'short too']);
  assert.equal(life.metric('skipped_lines_total'), 2);
  await life.stop();
});

test('lines that the parser does not take are counted, and events with `emit_unmatched_lines`', async (context) => {
  for (const emitUnmatchedLines of [false, true]) {
    const rig = new TailRig(context);
    rig.write('bad one\nworse\ngood\n');
    const life = rig.start({ emitUnmatchedLines });
    await life.until(() => rig.store.lines.includes('good'));
    assert.deepEqual(rig.store.lines, emitUnmatchedLines ? ['bad one', 'worse', 'good'] : ['good']);
    assert.equal(life.metric('unmatched_lines_total'), 2);
    await life.stop();
  }
});

const lists = { skip: process.platform === 'linux' ? false : 'no list of open files' };

test('a file is not kept open with `open_on_every_update`', lists, async (context) => {
  for (const openOnEveryUpdate of [false, true]) {
    const rig = new TailRig(context);
    rig.writeLines(1, 2);
    const life = rig.start({ openOnEveryUpdate });
    await rig.arrived(life, 2);
    await life.until(() => isOpen(rig.log) !== openOnEveryUpdate);
    rig.writeLines(3, 3);
    await rig.arrived(life, 3);
    await life.stop();
  }
});

test('nothing is looked for before `refresh_interval` with `skip_refresh_on_startup`', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 2);
  const life = rig.start({ skipRefreshOnStartup: true, refreshInterval: 30_000 });
  await life.pass(29_000);
  assert.deepEqual(rig.store.lines, []);
  await rig.arrived(life, 2);
  await life.stop();
});

test('a file is read no faster than `read_bytes_limit_per_second`, which is 64 KiB at least', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 8000);
  const life = rig.start({ readBytesLimitPerSecond: 1000 });
  const startMs = rig.clock.monotonicMs();
  // The clock moves only when all that can be read has been: a slow disk is no fault of the input.
  for (let n = 0; n < 1000 && rig.store.lines.length < 8000; n += 1) await rig.clock.pass(100);
  const seconds = (rig.clock.monotonicMs() - startMs) / 1000;
  const bytes = numbered(1, 8000).join('\n').length + 1;
  assert(seconds >= Math.floor(bytes / 65_536) && seconds < bytes / 65_536 + 4, `${seconds} s`);
  await life.stop();
});

test('the operating system tells of changes when `enable_watch_timer` is false', async (context) => {
  const rig = new TailRig(context);
  rig.writeLines(1, 2);
  const life = rig.start({
    enableWatchTimer: false,
    enableStatWatcher: true,
    refreshInterval: 1e9,
  });
  await rig.arrived(life, 2);
  rig.writeLines(3, 4);
  await rig.arrived(life, 4);
  await life.stop();
});

test('options that do not fit together are refused', (context) => {
  const rig = new TailRig(context);
  for (const given of [
    { enableWatchTimer: false, enableStatWatcher: false },
    { enableWatchTimer: false, enableStatWatcher: true, readBytesLimitPerSecond: 100_000 },
    { globPolicy: 'always' },
    { pathDelimiter: '*' },
    { fromEncoding: 'shift_jis' },
    { fromEncoding: 'shift_jis', encoding: 'euc-jp' },
    { encoding: 'no such thing' },
    { followInodes: true, posFile: undefined },
  ] as const) {
    assert.throws(() => rig.start(given), { code: 'MR_OPTION' });
  }
});

function isOpen(path: string): boolean {
  return readdirSync('/proc/self/fd').some((descriptor) => {
    const link = join('/proc/self/fd', descriptor);
    return existsSync(link) && readlinkSync(link) === path;
  });
}
