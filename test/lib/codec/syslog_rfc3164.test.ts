import assert from 'node:assert/strict';
import test from 'node:test';
import { readRfc3164, readRfc3164Words } from '../../../lib/codec/syslog_rfc3164.ts';

const head = { hasPriority: false, timeWords: 3 };
const words = { ...head, hasUsualTime: true, allowsColonlessIdent: true };
const time = 'Feb 28 00:00:12';

function strict(text: string): unknown {
  const line = readRfc3164(text, head);
  return line === null ? null : [line.host, line.ident, line.pid, line.message];
}

function loose(text: string, more: Partial<typeof words> = {}): unknown {
  const line = readRfc3164Words(text, { ...words, ...more });
  return line === null ? null : [line.host, line.ident, line.pid, line.message];
}

test('reads host, ident, pid and message', () => {
  const text = `${time} host app[12]: a: b`;
  for (const read of [strict, loose]) assert.deepEqual(read(text), ['host', 'app', '12', 'a: b']);
});

test('takes the message from behind the first colon, or from behind the first word', () => {
  assert.deepEqual(strict(`${time} host app x: y\nz`), ['host', 'app', undefined, 'y']);
  assert.deepEqual(strict(`${time} host app[x]: y`), ['host', 'app', undefined, 'y']);
  assert.deepEqual(loose(`${time} host app x: y\nz\n`), ['host', 'app', undefined, 'x: y\nz']);
  assert.deepEqual(loose(`${time} host app[x]: y`), ['host', 'app', 'x', 'y']);
});

test('takes one word alone for the ident, or for the message', () => {
  assert.deepEqual(strict(`${time} host word`), ['host', 'word', undefined, '']);
  assert.deepEqual(loose(`${time} host word`), ['host', undefined, undefined, 'word']);
});

test('takes a first word without a colon for a part of the message where told', () => {
  const options = { allowsColonlessIdent: false };
  assert.deepEqual(loose(`${time} host a b`, options), ['host', undefined, undefined, 'a b']);
  assert.deepEqual(loose(`${time} host a: b`, options), ['host', 'a', undefined, 'b']);
});

test('reads the priority where there is one to be', () => {
  const line = `<13>${time} host app: m`;
  assert.equal(readRfc3164(line, { ...head, hasPriority: true })?.pri, 13);
  assert.equal(readRfc3164Words(line, { ...words, hasPriority: true })?.pri, 13);
  for (const text of [`${time} host app: m`, `<>${time} host app: m`, `<x>${time} host app: m`]) {
    assert.equal(readRfc3164(text, { ...head, hasPriority: true }), null);
    assert.equal(readRfc3164Words(text, { ...words, hasPriority: true }), null);
  }
});

test('reads the time by its words or its usual length', () => {
  assert.equal(readRfc3164('Feb  8 00:00:12 host a: m', head)?.time, 'Feb 8 00:00:12');
  assert.equal(readRfc3164Words('Feb  8 00:00:12 host a: m', words)?.time, 'Feb  8 00:00:12');
  assert.equal(readRfc3164Words(`${time}.5 host a: m`, words)?.time, `${time}.5`);
  const other = { ...words, hasUsualTime: false, timeWords: 1 };
  assert.equal(readRfc3164Words('2024-02-28T00:00:12Z host a: m', other)?.host, 'host');
});

test('does not match lines that end too early', () => {
  for (const text of ['', 'x', 'Feb 28', time, `${time} `, `${time} host`, `${time}.5`]) {
    assert.equal(strict(text), null, text);
    assert.equal(loose(text), null, text);
  }
});
