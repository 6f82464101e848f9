import assert from 'node:assert/strict';
import test from 'node:test';
import { createLog, type LogLine } from '../../../lib/log.ts';
import { RareWarning } from '../../../lib/plugin/rare_warning.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

test('what happens often is told once in ten seconds, each kind for itself, and nothing is left uncounted', () => {
  const lines: LogLine[] = [];
  const clock = new TestClock();
  const warning = new RareWarning({ clock, log: createLog((line) => lines.push(line)) });
  for (let n = 0; n < 5; n += 1) warning.warn('full', 'no room', { n });
  warning.warn('bad', 'not JSON', { n: 5 });
  clock.advance(9999);
  warning.warn('full', 'no room', { n: 6 });
  clock.advance(1);
  warning.warn('full', 'no room', { n: 7 });
  clock.advance(10_000);
  warning.warn('full', 'no room', { n: 8 });
  assert.deepEqual(
    lines.map(({ message, fields }) => [message, fields]),
    [
      ['no room', { n: 0 }],
      ['not JSON', { n: 5 }],
      ['no room', { n: 7, untold: 5 }],
      ['no room', { n: 8 }],
    ],
  );
});
