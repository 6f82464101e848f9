import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { Parser } from '../../../lib/plugin/contract.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import syslog from '../../../operators/parser/syslog.ts';

parserLaws(syslog, {}, { test, samples: ['Oct 11 22:14:15 host su[12]: failed'] });

const clock = new TestClock(new EventTime(1_700_000_000, 0));

function make(options: Parameters<typeof syslog>[0] = {}): Parser {
  return testContext({ clock }).make(syslog(options));
}

test('reads a line of the older form, its year from the clock', () => {
  assert.deepEqual(make().parse('Feb 28 00:00:12 host app[12]: m'), [
    {
      time: new EventTime(1_677_542_412, 0),
      record: { host: 'host', ident: 'app', pid: '12', message: 'm' },
    },
  ]);
});

test('reads a line of RFC 5424, with a fraction or without', () => {
  const parser = make({ messageFormat: 'rfc5424', withPriority: true });
  const record = { pri: 34, host: 'h', ident: 'su', pid: '-', msgid: 'ID', extradata: '-' };
  assert.deepEqual(parser.parse('<34>1 2023-10-11T22:14:15.000003Z h su - ID - m'), [
    { time: new EventTime(1_697_062_455, 3000), record: { ...record, message: 'm' } },
  ]);
  assert.deepEqual(parser.parse('<34>1 2023-10-11T22:14:15+00:00 h su - ID -'), [
    { time: new EventTime(1_697_062_455, 0), record },
  ]);
});

test('tells the forms of lines apart where told to', () => {
  for (const parserEngine of ['regexp', 'string'] as const) {
    const parser = make({ messageFormat: 'auto', withPriority: true, parserEngine });
    const messages = [
      '<6>Feb 28 00:00:12 host app[1]: m1',
      '<34>1 2023-10-11T22:14:15Z h e - ID - m2',
      '<6>Mar  1 00:00:12 host app: m3',
    ].map((line) => parser.parse(line)?.[0]?.record['message']);
    assert.deepEqual(messages, ['m1', 'm2', 'm3']);
  }
});

test('reads as the engine that is chosen', () => {
  const line = 'Feb 28 00:00:12 host some text: m';
  assert.equal(make().parse(line)?.[0]?.record['message'], 'm');
  const words = make({ parserEngine: 'string' });
  assert.equal(words.parse(line)?.[0]?.record['message'], 'text: m');
  const plain = make({ parserEngine: 'string', supportColonlessIdent: false });
  assert.equal(plain.parse(line)?.[0]?.record['message'], 'some text: m');
});

test('reads other times, in a zone, and keeps them where told', () => {
  const iso = make({ timeFormat: '%Y-%m-%dT%H:%M:%S%z', keepTimeKey: true });
  assert.deepEqual(iso.parse('2024-02-03T04:05:06+0900 host app: m')?.[0], {
    time: new EventTime(1_706_900_706, 0),
    record: { host: 'host', ident: 'app', message: 'm', time: '2024-02-03T04:05:06+0900' },
  });
  const local = make({ timezone: '+09:00' });
  assert.equal(local.parse('Feb 28 00:00:12 host app: m')?.[0]?.time?.sec, 1_677_510_012);
  const custom = make({ messageFormat: 'rfc5424', rfc5424TimeFormat: '%Y/%m/%d-%H:%M:%S' });
  assert.equal(custom.parse('2023/10/11-22:14:15 h e - ID - m')?.[0]?.time?.sec, 1_697_062_455);
});

test('converts fields, and keeps bytes that are not UTF-8', () => {
  const line = Buffer.concat([Buffer.from('Feb 28 00:00:12 h é[7]: '), Buffer.from([0xff])]);
  const [entry] = make({ types: { pid: 'integer' } }).parse(line) ?? [];
  assert.deepEqual(entry?.record, {
    host: 'h',
    ident: 'é',
    pid: 7,
    message: new RawString(Buffer.from([0xff])),
  });
});

test('does not match other lines, and refuses a wrong time', () => {
  assert.equal(make().parse('hello'), null);
  assert.equal(make({ withPriority: true }).parse('Feb 28 00:00:12 host app: m'), null);
  assert.throws(
    () => make().parse('Foo 99 00:00:12 host app: m'),
    (error) => error instanceof MillraceError && error.code === 'MR_TIME',
  );
});
