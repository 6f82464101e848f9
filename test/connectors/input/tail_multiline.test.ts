import assert from 'node:assert/strict';
import { copyFileSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { type Given, type Life, quoteParser, TailRig } from './tail_rig.ts';

function start(rig: TailRig, given: Given = {}): Life {
  return rig.start({ parse: quoteParser({}), emitUnmatchedLines: true, ...given });
}

/** A rig whose log has this text, and an input that follows it. */
async function following(
  context: TestContext,
  text: string,
  given: Given = {},
): Promise<{ readonly rig: TailRig; readonly life: Life }> {
  const rig = new TailRig(context);
  rig.write(text);
  const life = start(rig, given);
  await life.until(() => life.metric('files') === 1);
  return { rig, life };
}

async function stored(rig: TailRig, life: Life, texts: readonly string[]): Promise<void> {
  await life.until(() => rig.store.lines.length >= texts.length);
  assert.deepEqual(rig.store.lines, texts);
}

test('an event is complete when the next one begins', async (context) => {
  const { rig, life } = await following(context, '>a\r\n  1\r\n\r\n  2\r\n>b\n  ', {
    multilineFlushInterval: 1e9,
  });
  await stored(rig, life, ['>a\n  1\n\n  2']);
  rig.write('3\n>c\n');
  await stored(rig, life, ['>a\n  1\n\n  2', '>b\n  3']);
  await life.stop();
});

test('the last event is complete when nothing has come for the interval', async (context) => {
  const { rig, life } = await following(context, '>a\n');
  await life.pass(4000);
  rig.write('  1\n');
  await life.pass(4000);
  assert.deepEqual(rig.store.lines, []);
  await stored(rig, life, ['>a\n  1']);
  rig.write('  late\n>b\n');
  await stored(rig, life, ['>a\n  1', '  late', '>b']);
  assert.equal(life.metric('unmatched_lines_total'), 1);
  await life.stop();
});

test('lines before the first event are taken one by one', async (context) => {
  const { rig, life } = await following(context, 'x\ny\n>a\n');
  await stored(rig, life, ['x', 'y', '>a']);
  await life.stop();
});

test('an open event is read again from its first line after a kill', async (context) => {
  const { rig, life } = await following(context, '>a\n>b\n  1\n');
  await stored(rig, life, ['>a']);
  await life.pass(2000);
  rig.kill(life);
  rig.write('  2\n>c\n');
  const next = start(rig);
  await stored(rig, next, ['>a', '>b\n  1\n  2', '>c']);
  await next.stop();
});

test('an open event is not cut by a stop when positions are kept', async (context) => {
  const { rig, life } = await following(context, '>a\n>b\n  1\n');
  await stored(rig, life, ['>a']);
  await life.stop();
  rig.write('  2\n>c\n');
  const next = start(rig);
  await stored(rig, next, ['>a', '>b\n  1\n  2', '>c']);
  await next.stop();
});

test('an open event is emitted at a stop when positions are forgotten', async (context) => {
  const rig = new TailRig(context);
  rig.write('>a\n>b\n  1\n');
  const life = rig.startForgetful({ parse: quoteParser({}) });
  await stored(rig, life, ['>a']);
  await life.pass(1000);
  await life.stop();
  assert.deepEqual(rig.store.lines, ['>a', '>b\n  1']);
});

test('batches that are stored again have the same events, and cover the file without a gap', async (context) => {
  const rig = new TailRig(context);
  rig.store.storing = 'refuse';
  rig.write('x\n>a\n  1\n>b\n  2\n');
  const life = start(rig, { readLinesLimit: 1 });
  await life.until(() => rig.store.batches.length >= 4);
  rig.store.storing = 'store';
  await life.until(() => rig.store.lines.length === 3);
  assert.deepEqual(rig.store.lines.sort(), ['>a\n  1', '>b\n  2', 'x']);
  const ends = new Set(rig.store.batches.map(({ origin }) => `${origin?.begin}-${origin?.end}`));
  assert.deepEqual([...ends].sort(), ['0-2', '2-9', '9-16']);
  await life.stop();
});

test('a renamed file ends its last event when it rests, line feed or not', async (context) => {
  const { rig, life } = await following(context, '>a\n>b\n  1', { multilineFlushInterval: 1e9 });
  await stored(rig, life, ['>a']);
  renameSync(rig.log, `${rig.log}.1`);
  await life.pass(2000);
  rig.write('>c\n>d\n');
  rig.write('\n  2\n  3', `${rig.log}.1`);
  await life.until(() => rig.store.lines.length === 3);
  assert.deepEqual(rig.store.lines, ['>a', '>c', '>b\n  1\n  2\n  3']);
  await life.stop();
});

test('a file that is truncated without a copy ends its last event', async (context) => {
  const { rig, life } = await following(context, '>a\n>b\n  1\n', { multilineFlushInterval: 1e9 });
  await stored(rig, life, ['>a']);
  await life.pass(2000);
  truncateSync(rig.log);
  await stored(rig, life, ['>a', '>b\n  1']);
  rig.write('  2\n>c\n>d\n');
  await stored(rig, life, ['>a', '>b\n  1', '  2', '>c']);
  assert.equal(life.metric('lost_bytes_total'), 0);
  await life.stop();
});

test('the first event of a file, open when that is copied and truncated, is stored once, whole', async (context) => {
  const { rig, life } = await following(context, '>a\n  1\n', { multilineFlushInterval: 1e9 });
  await life.pass(2000);
  assert.deepEqual(rig.store.lines, []);
  rig.write('  2\n');
  copyFileSync(rig.log, `${rig.log}.1`);
  truncateSync(rig.log);
  rig.write('>b\n>c\n');
  await life.until(() => rig.store.lines.length >= 2);
  await life.pass(20_000);
  await life.stop();
  assert.deepEqual(rig.store.lines.sort(), ['>a\n  1\n  2', '>b']);
});

test('a rotated log from before that begins like an open event is not taken for the copy of a truncated file', async (context) => {
  const { rig, life } = await following(context, '>a\n  1\n', { multilineFlushInterval: 1e9 });
  await life.pass(2000);
  const former = `${rig.log}.2`;
  rig.write('>a\n  1\n>old\n>older\n', former);
  utimesSync(former, 1e9, 1e9);
  copyFileSync(rig.log, `${rig.log}.1`);
  truncateSync(rig.log);
  rig.write('>b\n>c\n');
  await life.until(() => rig.store.lines.includes('>b'));
  await life.pass(20_000);
  await life.stop();
  assert.deepEqual(rig.store.lines.sort(), ['>a\n  1', '>b']);
});

test('a file that is removed while it is not open ends its last event', async (context) => {
  const { rig, life } = await following(context, '>a\n>b\n  1\n', {
    multilineFlushInterval: 1e9,
    openOnEveryUpdate: true,
  });
  await stored(rig, life, ['>a']);
  await life.pass(2000);
  rmSync(rig.log);
  await stored(rig, life, ['>a', '>b\n  1']);
  assert.equal(life.metric('lost_bytes_total'), 0);
  await life.stop();
});

test('an event may be longer than what is read at once', async (context) => {
  const more = `  ${'x'.repeat(999)}\n`.repeat(900);
  const { rig, life } = await following(context, `>a\n${more}>b\n${more}`);
  await life.until(() => rig.store.lines.length === 2);
  assert.deepEqual(
    rig.store.lines.map((text) => `${text}\n`),
    [`>a\n${more}`, `>b\n${more}`],
  );
  await life.stop();
});

test('an event that is too long is cut between lines, and no line of it is lost', async (context) => {
  const more = `  ${'x'.repeat(997)}\n`.repeat(1500);
  const long = `${'y'.repeat(2_000_000)}\n`;
  const { rig, life } = await following(context, `>a\n${more}${long}>b\n>${long}  1\n>c\n`);
  await life.until(() => rig.store.lines.at(-1) === '>c');
  assert.equal(
    rig.store.lines.map((text) => `${text}\n`).join(''),
    `>a\n${more}${long}>b\n>${long}  1\n>c\n`,
  );
  assert.deepEqual(
    rig.store.lines.filter((text) => text.includes('\n')).map((text) => text.length),
    [3 + 1000 * 1048 - 1],
  );
  await life.stop();
});

test('a line that is too long is left out of its event', async (context) => {
  const { rig, life } = await following(context, `>a\n  ${'x'.repeat(50)}\n  1\n>b\n`, {
    maxLineSize: 20,
  });
  await stored(rig, life, ['>a\n  1', '>b']);
  assert.equal(life.metric('skipped_lines_total'), 1);
  await life.stop();
});

test('lines are judged by their text, whatever the encoding', async (context) => {
  const rig = new TailRig(context);
  const text = '\ufeff>a\r\n  \u0a0a\r\n>b\r\n';
  writeFileSync(rig.log, Buffer.from(text, 'utf16le'));
  const life = start(rig, { encoding: 'utf-8', fromEncoding: 'utf-16le' });
  await stored(rig, life, ['>a\n  \u0a0a', '>b']);
  await life.stop();
});

test('a byte order mark is not part of the first event, nor are bytes that are no text changed', async (context) => {
  const rig = new TailRig(context);
  writeFileSync(rig.log, Buffer.from('\xef\xbb\xbf>a\n  \xc3\xa9\n>b\n', 'latin1'));
  const life = start(rig);
  await stored(rig, life, ['>a\n  é', '>b']);
  await life.stop();
});
