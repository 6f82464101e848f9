import assert from 'node:assert/strict';
import test from 'node:test';
import { createLog, type LogLine, logLevels, silentLog } from '../../lib/log.ts';

/** A sink with the lines that it was given, as `level message`. */
function sinkOf() {
  const lines: LogLine[] = [];
  const sink = (line: LogLine): void => void lines.push(line);
  const said = (): string[] => lines.map(({ level, message }) => `${level} ${message}`);
  return { lines, sink, said };
}

test('a log writes lines of its level and above, and no others', () => {
  for (const [threshold, level] of logLevels.entries()) {
    const { sink, lines } = sinkOf();
    const log = createLog(sink, level);
    for (const each of logLevels) log[each]('x');
    assert.deepEqual(
      lines.map((line) => line.level),
      logLevels.slice(threshold),
    );
  }
});

test('a log without a level begins at info', () => {
  const { sink, said } = sinkOf();
  const log = createLog(sink);
  log.debug('no');
  log.info('yes');
  assert.deepEqual(said(), ['info yes']);
});

test('a child adds its fields, nearer ones win, and the parent keeps its own', () => {
  const { sink, lines } = sinkOf();
  const log = createLog(sink, 'info', { worker: 0 });
  log.child({ id: 'tail', path: 'a' }).child({ path: 'b' }).warn('x', { count: 1 });
  log.warn('y');
  assert.deepEqual(
    lines.map((line) => line.fields),
    [{ worker: 0, id: 'tail', path: 'b', count: 1 }, { worker: 0 }],
  );
});

test('a child may have a level of its own, above or below, and else its parent’s', () => {
  const { sink, said } = sinkOf();
  const log = createLog(sink, 'warn');
  log.child({}).info('inherits');
  log.child({}, 'trace').trace('speaks');
  log.child({}, 'fatal').error('is quiet');
  log.child({}, 'trace').child({}).debug('passes its level on');
  assert.deepEqual(said(), ['trace speaks', 'debug passes its level on']);
});

test('a tapped log passes on what it writes, with all fields, and nothing that it does not write', () => {
  const own = sinkOf();
  const tap = sinkOf();
  const log = createLog(own.sink, 'info', { worker: 0 }).tapped(tap.sink);
  log.debug('too fine');
  log.info('a');
  log.child({ id: 'x' }, 'error').warn('too fine for the child');
  log.child({ id: 'x' }, 'debug').debug('b', { n: 1 });
  assert.deepEqual(tap.said(), ['info a', 'debug b']);
  assert.deepEqual(tap.lines, own.lines);
  assert.deepEqual(tap.lines[1]?.fields, { worker: 0, id: 'x', n: 1 });
});

test('a tap hears nothing of the log that it was not put on', () => {
  const own = sinkOf();
  const tap = sinkOf();
  const log = createLog(own.sink);
  log.tapped(tap.sink);
  log.info('untapped');
  assert.deepEqual(tap.said(), []);
});

test('the silent log takes every line and says nothing', () => {
  for (const level of logLevels) silentLog.child({ id: 'x' }, 'trace')[level]('x');
});
