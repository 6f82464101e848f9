import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { formatLogJson, formatLogText } from '../../../lib/process/log_format.ts';

const nowMs = Date.UTC(2026, 10, 22, 10, 0, 0, 123);

/** What follows `[info]: ` in a text line. */
function said(fields: Readonly<Record<string, unknown>>, message = 'hello'): string {
  const line = formatLogText({ level: 'info', message, fields }, nowMs);
  assert.match(line, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d{4} \[info\]: [^\n]*\n$/);
  return line.slice(line.indexOf(': ') + 2, -1);
}

test('a text line starts with the local time and its offset', () => {
  const line = formatLogText({ level: 'warn', message: 'hello', fields: {} }, nowMs);
  const [, date = '', time = '', sign = '', hours = '', minutes = ''] =
    /^(\S+) (\S+) ([+-])(\d\d)(\d\d) \[warn\]: hello\n$/.exec(line) ?? [];
  assert.equal(new Date(`${date}T${time}${sign}${hours}:${minutes}`).getTime(), nowMs);
});

test('the id stands first, the other fields follow', () => {
  assert.equal(
    said({ id: 'out_file', count: 3, path: '/var/log' }),
    '#out_file hello count=3 path="/var/log"',
  );
  assert.equal(
    said({ nothing: undefined, isSealed: true, tags: ['a', 'b'] }),
    'hello isSealed=true tags=["a","b"]',
  );
  assert.equal(said({ size: 2n ** 63n }), `hello size=${2n ** 63n}`);
});

test('nothing that is logged can break the line or reach the terminal', () => {
  const nasty = 'a\nb\r\u001b[31mred\u009b0m\u2028';
  for (const line of [
    said({ key: nasty }),
    said({}, nasty),
    said({ id: nasty }),
    said({ deep: [nasty] }),
  ]) {
    assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u2028]/);
    assert.match(line, /u001b\[31mred/);
  }
});

test('a cause that cannot be printed does not stop the line', () => {
  const error = new Error('odd', { cause: Object.create(null) });
  assert.match(said({ error }), /error_cause=".*cannot be printed"/);
});

test('an error gives its message, its code and its causes; a stack only where nobody foresaw it', () => {
  const cause = new Error('disk full');
  const foreseen = new MillraceError('MR_IO', 'cannot write', { cause });
  assert.equal(
    said({ error: foreseen }),
    'hello error="cannot write" error_code=MR_IO error_cause="disk full"'.replace(
      '=MR_IO',
      '="MR_IO"',
    ),
  );
  assert.match(
    said({ error: new TypeError('x is not a function') }),
    /error_stack="TypeError: x is/,
  );
});

test('what an error says itself is not said again as its cause, and its hint is not forgotten', () => {
  const cause = new Error('no space left on device');
  const inner = new MillraceError('MR_BUFFER', `the folder cannot be used: ${cause.message}`, {
    cause,
    hint: 'make room',
  });
  const at = { file: 'app.conf', line: 14, column: 3, length: 5, source: '  <store>' };
  const error = new MillraceError('MR_BUFFER', `\`f\`: ${inner.message}`, { cause: inner, at });
  assert.equal(
    said({ error }),
    'hello error="`f`: the folder cannot be used: no space left on device" error_code="MR_BUFFER" error_at="app.conf:14"',
  );
  assert.equal(
    said({ error: inner }),
    'hello error="the folder cannot be used: no space left on device" error_code="MR_BUFFER" error_hint="make room"',
  );
});

test('a value that refers to itself is logged all the same', () => {
  const loop: { self?: unknown } = {};
  loop.self = loop;
  assert.match(said({ loop }), /^hello loop=/);
  const error = new Error('round');
  error.cause = error;
  assert.match(said({ error }), /^hello error="round"/);
});

test('a JSON line holds the same, and fields cannot take the place of its own', () => {
  const error = new MillraceError('MR_IO', 'cannot write');
  const fields = { id: 'x', count: 3, big: 2n ** 63n, error, level: 'fake', time: 'fake' };
  const line = formatLogJson({ level: 'error', message: 'a\nb', fields }, nowMs);
  assert(line.endsWith('}\n') && line.indexOf('\n') === line.length - 1);
  assert.deepEqual(JSON.parse(line), {
    time: '2026-11-22T10:00:00.123Z',
    level: 'error',
    message: 'a\nb',
    id: 'x',
    count: 3,
    big: String(2n ** 63n),
    error: 'cannot write',
    error_code: 'MR_IO',
  });
});
