import assert from 'node:assert/strict';
import test from 'node:test';
import { agentOf, fleetAt, stampOf } from './fleet_rig.ts';

test('groups of agents are measured by the prefixes of their names', () => {
  const { fleet, metrics } = fleetAt();
  fleet.measure();
  for (const chunk of [0, 2]) fleet.stored(stampOf(agentOf('web-1'), chunk), 1, 'a');
  fleet.stored(stampOf(agentOf('web-2'), 0), 1, 'a');
  fleet.stored(stampOf(agentOf('db-1'), 0), 1, 'a');
  fleet.measure();
  const read = (name: string, group: string) =>
    metrics.read(`millrace_fleet_group_${name}`, { group });
  assert.deepEqual(
    ['web', 'db'].map((group) => [
      read('agents', group),
      read('incomplete_agents', group),
      read('missing_chunks', group),
    ]),
    [
      [2, 1, 1],
      [1, 0, 0],
    ],
  );
});

test('there are never more series than a hundred groups and one for the rest', () => {
  const { fleet, metrics } = fleetAt();
  for (let n = 0; n < 150; n += 1) fleet.stored(stampOf(agentOf(`g${n}-x`), 0), 1, 'a');
  fleet.measure();
  const series = metrics.expose().match(/^millrace_fleet_group_agents\{/gm) ?? [];
  assert.equal(series.length, 101);
  assert.equal(metrics.read('millrace_fleet_group_agents', { group: 'other' }), 50);
});
