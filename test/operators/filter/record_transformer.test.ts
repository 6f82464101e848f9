import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import type { Entry, EventRecord } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { createLog } from '../../../lib/log.ts';
import type { Filter } from '../../../lib/plugin/contract.ts';
import { filterLaws } from '../../../lib/testing/laws/filter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import transform from '../../../operators/filter/record_transformer.ts';

filterLaws(
  transform,
  { record: { host: '${hostname}', n: '${record["n"]}', '${tag}': '${time}' } },
  { test },
);

type Options = Parameters<typeof transform>[0];

const time = new EventTime(1_700_000_100, 5);

function make(options: Options): Filter {
  return testContext({ hostname: 'web1', timeZone: 'Asia/Tokyo' }).make(transform(options));
}

function only(result: ReturnType<Filter>): Entry | undefined {
  const [entry] = [result ?? []].flat();
  return entry;
}

/** The record as JSON, so that the order of fields counts. */
function change(options: Options, record: EventRecord = { a: 1, b: 'x' }): string {
  const before = structuredClone(record);
  const changed = only(make(options)({ time, record }, 'app.web.log'));
  assert.deepEqual(record, before, 'the record itself was changed');
  return JSON.stringify(changed?.record);
}

test('adds fields at the end and changes them in their places', () => {
  assert.equal(change({ record: { k: 'v', a: 'new' } }), '{"a":"new","b":"x","k":"v"}');
  assert.equal(change({}), '{"a":1,"b":"x"}');
});

test('fills placeholders into values and names', () => {
  const record = {
    t: '${time}',
    h: '${hostname}',
    '${tag_parts[0]}': '${tag}',
    n: '${record["a"]}',
  };
  assert.equal(
    change({ record }),
    '{"a":1,"b":"x","t":"2023-11-15 07:15:00 +0900","h":"web1","app":"app.web.log","n":1}',
  );
  assert.equal(
    change({ record: { n: '${record["a"]}' }, autoTypecast: false }),
    '{"a":1,"b":"x","n":"1"}',
  );
});

test('makes maps and lists of JSON, and texts of what only looks like it', () => {
  const record = {
    x: '{"k":"${record[\\"a\\"]}","big":9007199254740993}',
    y: '["${tag}"]',
    z: '[1,',
  };
  const changed = only(make({ record })({ time, record: { a: 1 } }, 'app'));
  assert.deepEqual(changed?.record, {
    a: 1,
    x: { k: 1, big: 9007199254740993n },
    y: ['app'],
    z: '[1,',
  });
});

test('renews the record, with the fields to keep in the order given', () => {
  const record = { x: '${record["a"]}' };
  assert.equal(change({ record, renewRecord: true }), '{"x":1}');
  const keepKeys = ['b', 'a', 'missing'];
  assert.equal(change({ record, renewRecord: true, keepKeys }), '{"b":"x","a":1,"x":1}');
});

test('removes fields last, so that placeholders still see them', () => {
  const record = { c: '${record["a"]}', d: 'v' };
  assert.equal(change({ record, removeKeys: ['a', 'd', 'zz'] }), '{"b":"x","c":1}');
  const nested = { h: { k: 1, m: 2 }, l: [1, 2, 3], o: null };
  assert.equal(change({ removeKeys: ['$.h.k', '$.l[1]', 'o'] }, nested), '{"h":{"m":2},"l":[1,3]}');
});

test('renews the time from a field of the new record, even one that is removed', () => {
  const filter = make({ record: { t: '${record["ts"]}' }, renewTimeKey: 't', removeKeys: ['t'] });
  const changed = only(filter({ time, record: { ts: '1600000000.25' } }, 'app'));
  assert.deepEqual(changed, {
    time: new EventTime(1_600_000_000, 250_000_000),
    record: { ts: '1600000000.25' },
  });
  assert.deepEqual(only(make({ renewTimeKey: 't' })({ time, record: {} }, 'app'))?.time, time);
});

test('throws when the field for the time holds none', () => {
  for (const t of [null, 'soon', [1]]) {
    assert.throws(
      () => make({ renewTimeKey: 't' })({ time, record: { t } }, 'app'),
      (error) => error instanceof MillraceError && error.code === 'MR_TIME',
    );
  }
});

test('sees the tag of each event', () => {
  const filter = make({ record: { t: '${tag_suffix[-1]}' } });
  const tags = ['a.b', 'c', 'a.b'];
  const made = tags.map((tag) => only(filter({ time, record: {} }, tag))?.record['t']);
  assert.deepEqual(made, ['b', 'c', 'b']);
});

test('keeps `__proto__` as a field', () => {
  const changed = only(make({ record: { ['__proto__']: 'x' } })({ time, record: {} }, 'app'));
  assert.deepEqual(Object.entries(changed?.record ?? {}), [['__proto__', 'x']]);
});

test('warns once of placeholders that mean nothing', () => {
  const lines: string[] = [];
  const log = createLog(({ message }) => void lines.push(message));
  const filter = testContext({ log }).make(transform({ record: { x: '${nope}' } }));
  filter({ time, record: {} }, 'app');
  filter({ time, record: {} }, 'app');
  assert.deepEqual(lines, ['unknown placeholder `${nope}`']);
});

test('refuses Ruby, keep_keys without renew_record, and a wrong path', () => {
  assert.throws(() => transform({ enableRuby: true }), /there is no Ruby in Millrace/);
  assert.throws(() => make({ keepKeys: ['a'] }), /`keep_keys` needs `renew_record true`/);
  assert.throws(
    () => transform({ removeKeys: ['$.a[x]'] }),
    (error) => error instanceof MillraceError && error.code === 'MR_OPTION',
  );
  assert.equal(transform({ enableRuby: false }).options['enableRuby'], false);
});
