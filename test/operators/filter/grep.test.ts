import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { type EventRecord, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { filterLaws } from '../../../lib/testing/laws/filter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import grep from '../../../operators/filter/grep.ts';

filterLaws(grep, { exclude: [{ key: 'level', pattern: /debug/ }] }, { test });

type Options = Parameters<typeof grep>[0];

/** The `n` of those records that pass. */
function passing(options: Options, records: readonly EventRecord[]): readonly unknown[] {
  const filter = testContext().make(grep(options));
  return records.flatMap((record) => {
    const passed = filter({ time: new EventTime(1, 2), record }, 'app') ?? [];
    return [passed].flat().map((entry) => entry.record['n']);
  });
}

const records: readonly EventRecord[] = [
  { n: 1, level: 'ERROR', message: 'disk full' },
  { n: 2, level: 'INFO', message: 'started' },
  { n: 3, message: 'no level' },
  { n: 4, level: null, message: '' },
];

test('keeps what matches every <regexp>', () => {
  assert.deepEqual(passing({ regexp: [{ key: 'level', pattern: /R/ }] }, records), [1]);
  const both = [
    { key: 'level', pattern: '/./' },
    { key: 'message', pattern: '/^s/' },
  ];
  assert.deepEqual(passing({ regexp: both }, records), [2]);
});

test('drops what matches any <exclude>, a missing field counting as empty', () => {
  const exclude = [
    { key: 'level', pattern: '/ERROR/' },
    { key: 'message', pattern: '/^no/' },
  ];
  assert.deepEqual(passing({ exclude }, records), [2, 4]);
  assert.deepEqual(passing({ exclude: [{ key: 'level', pattern: '/^$/' }] }, records), [1, 2]);
});

test('joins conditions by <and> and <or>', () => {
  const keep = [
    { key: 'level', pattern: /INFO/ },
    { key: 'message', pattern: /no/ },
  ];
  assert.deepEqual(passing({ and: [{ regexp: keep }] }, records), []);
  assert.deepEqual(passing({ or: [{ regexp: keep }] }, records), [2, 3]);
  const drop = [
    { key: 'level', pattern: /ERROR|INFO/ },
    { key: 'message', pattern: /disk/ },
  ];
  assert.deepEqual(passing({ and: [{ exclude: drop }] }, records), [2, 3, 4]);
  assert.deepEqual(passing({ or: [{ exclude: drop }] }, records), [3, 4]);
});

test('reads the older forms, slashes and blanks being part of the expression', () => {
  assert.deepEqual(passing({ regexp2: 'level ERROR', exclude20: 'message zzz' }, records), [1]);
  assert.deepEqual(passing({ exclude1: 'message disk full' }, records), [2, 3, 4]);
  assert.deepEqual(
    passing({ regexp1: 'a /x/' }, [
      { n: 1, a: '/x/' },
      { n: 2, a: 'x' },
    ]),
    [1],
  );
});

test('matches values of every kind as text, also nested ones', () => {
  const values: readonly EventRecord[] = [
    { n: 1, a: { b: 500 } },
    { n: 2, a: { b: true } },
    { n: 3, a: { b: new RawString(Buffer.from('61ff62', 'hex')) } },
    { n: 4, a: { b: ['x', 'y'] } },
    { n: 5, a: 'text' },
    { n: 6, a: { b: 'p\nq' } },
  ];
  const kept = (pattern: string): readonly unknown[] =>
    passing({ regexp: [{ key: '$.a.b', pattern }] }, values);
  assert.deepEqual(kept('^5\\d\\d$'), [1]);
  assert.deepEqual(kept('^true$'), [2]);
  assert.deepEqual(kept('a.b'), [3]);
  assert.deepEqual(kept('"x","y"'), [4]);
  assert.deepEqual(kept('^q$'), [6]);
});

test('refuses options that do not fit together', () => {
  const twice = [
    { key: 'a', pattern: /x/ },
    { key: '$.a', pattern: /y/ },
    { key: 'a', pattern: /z/ },
  ];
  const refuse = (options: Options, message: RegExp): void => {
    assert.throws(
      () => passing(options, []),
      (error) => error instanceof MillraceError && message.test(error.message),
    );
  };
  refuse({ regexp: twice }, /`<regexp>` has the key `a` twice/);
  refuse({ or: [{ exclude: twice }] }, /`<exclude>` has the key `a` twice/);
  refuse({ regexp1: 'a x', regexp: [{ key: 'a', pattern: /x/ }] }, /key `a` twice/);
  refuse(
    { and: [{ regexp: [{ key: 'a', pattern: /x/ }], exclude: [{ key: 'b', pattern: /y/ }] }] },
    /`<and>` holds both/,
  );
  refuse({ regexp1: 'level' }, /`regexp1` has no pattern: `level`/);
  refuse({ exclude3: 'a (' }, /is not a regular expression/);
});
