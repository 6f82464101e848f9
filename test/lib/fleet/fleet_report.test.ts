import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { completenessOf, mergeReports } from '../../../lib/fleet/fleet_report.ts';
import { readReports } from '../../../lib/fleet/read_report.ts';
import { agentOf, fleetAt, stampOf } from './fleet_rig.ts';

test('one of two receivers does not call incomplete what the other may have', () => {
  const { fleet } = fleetAt();
  for (const chunk of [0, 2, 4]) {
    fleet.stored(stampOf(agentOf('web-1'), chunk, { receivers: 2 }), 1, 'a');
  }
  const [report] = fleet.report();
  assert(report !== undefined);
  assert.equal(completenessOf(report), 'partly seen');
});

test('several receivers together know what is missing and what came to more than one', () => {
  const chunk = fc.record({
    to: fc.constantFrom('first', 'second', 'both', 'none'),
    repeats: fc.nat(1),
  });
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 1, maxLength: 40 }), (chunks) => {
      const first = fleetAt().fleet;
      const second = fleetAt().fleet;
      const agent = agentOf('web-1');
      const wish = { receivers: 2 };
      // Both see the beginning, so that both watch all of it.
      for (const fleet of [first, second]) fleet.stored(stampOf(agent, 0, wish), 1, 'a');
      for (const [index, { to, repeats }] of chunks.entries()) {
        for (let time = 0; time <= repeats; time += 1) {
          if (to === 'first' || to === 'both')
            first.stored(stampOf(agent, index + 1, wish), 1, 'a');
          if (to === 'second' || to === 'both') {
            second.stored(stampOf(agent, index + 1, wish), 1, 'a');
          }
        }
      }
      first.stored(stampOf(agent, chunks.length + 1, wish), 1, 'a');
      const reports = [first.report(), second.report()];
      const [merged] = mergeReports(reports);
      assert(merged !== undefined);
      const count = (wanted: string) => chunks.filter(({ to }) => to === wanted).length;
      assert.equal(merged.missingChunks, count('none'));
      assert.equal(merged.doubledChunks, count('both') + 1);
      assert.equal(completenessOf(merged), count('none') > 0 ? 'incomplete' : 'complete');
      const text = JSON.stringify({ agents: reports[0] });
      assert.deepEqual(readReports(text, 'a'), reports[0]);
    }),
  );
});

test('an answer that is no report says so', () => {
  assert.throws(() => readReports('<html>', 'here:1'), /here:1 did not answer with JSON/);
  assert.throws(() => readReports('[]', 'here:1'), /here:1 did not answer with a list of agents/);
});
