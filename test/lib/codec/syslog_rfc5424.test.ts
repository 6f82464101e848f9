import assert from 'node:assert/strict';
import test from 'node:test';
import { isRfc5424, readRfc5424, readRfc5424Words } from '../../../lib/codec/syslog_rfc5424.ts';

const head = { hasPriority: true, timeWords: 1 };
const begin = '<165>1 2023-10-11T22:14:15.003Z host app 12 ID';

test('tells a line of RFC 5424 by priority and version', () => {
  assert.equal(isRfc5424(begin), true);
  assert.equal(isRfc5424('<13>Feb 28 00:00:12 host'), false);
  assert.equal(isRfc5424('<13>2024-02-28T00:00:12Z host'), false);
});

test('reads names, structured data and message', () => {
  for (const read of [readRfc5424, readRfc5424Words]) {
    assert.deepEqual(read(`${begin} [a@1 x="1"][b y="2"] m [n]\n`, head), {
      pri: 165,
      time: '2023-10-11T22:14:15.003Z',
      host: 'host',
      ident: 'app',
      pid: '12',
      msgid: 'ID',
      extradata: '[a@1 x="1"][b y="2"]',
      message: 'm [n]',
    });
  }
});

test('has no message where the line ends behind the structured data', () => {
  for (const read of [readRfc5424, readRfc5424Words]) {
    assert.equal(read(`${begin} -`, head)?.message, undefined);
    assert.equal(read(`${begin} [a x="1"]`, head)?.extradata, '[a x="1"]');
  }
});

test('keeps a backslash in the structured data, or takes it out', () => {
  const line = `${begin} [a x="q\\]z"] m`;
  assert.equal(readRfc5424(line, head)?.extradata, '[a x="q\\]z"]');
  assert.equal(readRfc5424Words(line, head)?.extradata, '[a x="q]z"]');
});

test('reads lines without a priority where there is none to be', () => {
  const line = '2023-10-11T22:14:15Z h e 1 ID - m\nn';
  for (const read of [readRfc5424, readRfc5424Words]) {
    assert.equal(read(line, { ...head, hasPriority: false })?.message, 'm\nn');
    assert.equal(read(line, head), null);
  }
});

test('does not match what ends too early, or in no structured data', () => {
  for (const line of ['', '<1>1 ', '<1>1 t', begin, '<1>1 t h e 1']) {
    assert.equal(readRfc5424(line, head), null, line);
    assert.equal(readRfc5424Words(line, head), null, line);
  }
  for (const rest of ['x', '-x', '[a', '- ', '[a] ']) {
    assert.equal(readRfc5424(`${begin} ${rest}`, head), null, rest);
  }
  assert.equal(readRfc5424(`${begin} ${'[a]'.repeat(100_000)}x`, head), null);
});
