import assert from 'node:assert/strict';
import test from 'node:test';
import { RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { event } from '../../../lib/testing/event.ts';
import { expectEvents } from '../../../lib/testing/expect_events.ts';
import { printValue } from '../../../lib/testing/print_event.ts';

const a = event('app', { n: 1 });
const b = event('app', { n: 2n ** 64n - 1n, raw: new RawString(Uint8Array.of(0xff)) });
const c = event('web.log', { x: 'é' }, new EventTime(1_700_000_000, 5));

test('events that are alike are as expected, whatever the order of their fields', () => {
  expectEvents([a, b, c], [a, b, c]);
  expectEvents([event('app', { x: 1, y: 2 })], [event('app', { y: 2, x: 1 })]);
  expectEvents([], []);
});

test('a tag or a time that is not given may be any', () => {
  expectEvents([c], [{ record: { x: 'é' } }]);
  expectEvents([c], [{ tag: 'web.log', record: { x: 'é' } }]);
  assert.throws(() => expectEvents([c], [{ tag: 'web', record: { x: 'é' } }]));
});

test('a difference is shown as a line for each event', () => {
  assert.throws(
    () =>
      expectEvents([a, c], [a, b, event('web.log', { x: 'e' }, new EventTime(1_700_000_000, 5))]),
    (error) => {
      assert(error instanceof Error);
      assert.equal(error.name, 'AssertionError');
      assert.equal(
        error.message,
        `the events differ (2 came, 3 were expected; - expected, + came)

  app  2023-11-14T22:13:20.000000000Z  {"n":1}
- app  2023-11-14T22:13:20.000000000Z  {"n":18446744073709551615,"raw":raw"ff"}
- web.log  2023-11-14T22:13:20.000000005Z  {"x":"e"}
+ web.log  2023-11-14T22:13:20.000000005Z  {"x":"é"}
`,
      );
      return true;
    },
  );
});

test('a nanosecond and a digit make a difference', () => {
  assert.throws(() => expectEvents([event('a', {}, new EventTime(1, 1))], [event('a', {}, 1)]));
  const wide = (n: bigint) => [event('a', { n: 2n ** 63n + n })];
  assert.throws(() => expectEvents(wide(1n), wide(2n)));
  assert.throws(() => expectEvents([event('a', { n: 5n })], [event('a', { n: 5 })]));
});

test('values that differ are printed differently', () => {
  const values = [
    1,
    1n,
    '1',
    true,
    null,
    undefined,
    -0,
    0,
    [],
    {},
    Uint8Array.of(1),
    new EventTime(1, 0),
    new RawString(Uint8Array.of(1)),
    1e300,
    new Date(0),
  ];
  assert.equal(new Set(values.map((value) => printValue(value))).size, values.length);
});
