import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import test from 'node:test';
import { createLog } from '../../../lib/log.ts';
import { formatLogText } from '../../../lib/process/log_format.ts';
import { streamSink } from '../../../lib/process/log_sink.ts';
import { guardStream } from '../../../lib/process/standard_stream.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

const megabyte = 'x'.repeat(1024 * 1024);

test('passes on what is written, and drains', async () => {
  const stream = new PassThrough();
  const guarded = guardStream(stream);
  guarded.write('one ');
  guarded.write(new TextEncoder().encode('two'));
  await guarded.drained();
  assert.equal(String(stream.read()), 'one two');
});

test('gives a promise of room while the reader is slow, and all waiters the same one', async () => {
  const kept: (() => void)[] = [];
  const stream = new Writable({ write: (_chunk, _encoding, done) => void kept.push(done) });
  const guarded = guardStream(stream);
  assert.equal(guarded.write('short'), undefined);
  const room = guarded.write(megabyte);
  assert(room instanceof Promise);
  assert.equal(guarded.write('more'), room);
  while (stream.writableLength > 0) {
    for (const done of kept.splice(0)) done();
    await new Promise(setImmediate);
  }
  await room;
  assert.equal(guarded.write('short'), undefined);
});

test('room comes too when the reader goes away', async () => {
  const stream = new Writable({ write() {} });
  const room = guardStream(stream).write(megabyte);
  stream.destroy();
  await room;
});

test('drops and counts when the reader is slow, so that memory is bounded', () => {
  const stream = new Writable({ write() {} });
  const guarded = guardStream(stream);
  for (let written = 0; written < 100; written += 1) guarded.write(megabyte);
  assert(stream.writableLength <= 6 * 1024 * 1024);
  assert(guarded.dropped > 90);
});

test('a reader that went away harms nothing: what is written is dropped', async () => {
  const stream = new Writable({
    write: (_chunk, _encoding, done) =>
      done(Object.assign(new Error('broken pipe'), { code: 'EPIPE' })),
  });
  const guarded = guardStream(stream);
  guarded.write('one');
  await new Promise((resolve) => stream.once('close', resolve));
  guarded.write('two');
  await guarded.drained();
  assert.equal(guarded.dropped, 1);
});

test('what could not be written is a fault, and a reader that went away is none', async () => {
  for (const code of ['ENOSPC', 'EPIPE']) {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('no'), { code })),
    });
    const guarded = guardStream(stream);
    guarded.write('one');
    await guarded.drained();
    assert.equal(guarded.fault?.message, code === 'ENOSPC' ? 'no' : undefined);
  }
});

test('the log says how many of its lines were dropped once its reader reads again', async () => {
  const kept: (() => void)[] = [];
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      kept.push(done);
    },
  });
  const guarded = guardStream(stream);
  const log = createLog(streamSink(guarded, formatLogText, new TestClock()));
  for (let said = 0; said < 20; said += 1) log.info(megabyte);
  const { dropped } = guarded;
  assert(dropped > 10);
  while (stream.writableLength > 0) {
    for (const done of kept.splice(0)) done();
    await new Promise(setImmediate);
  }
  log.info('again');
  while (stream.writableLength > 0) {
    for (const done of kept.splice(0)) done();
    await new Promise(setImmediate);
  }
  assert.match(lines.at(-1) ?? '', new RegExp(`\\[warn\\]: ${dropped} log lines were dropped`));
});
