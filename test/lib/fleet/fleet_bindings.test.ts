import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Stamp } from '../../../lib/event/agent.ts';
import type { Fleet } from '../../../lib/fleet/fleet.ts';
import { mergeReports } from '../../../lib/fleet/fleet_report.ts';
import { agentOf, fleetAt, stampOf } from './fleet_rig.ts';

const web = agentOf('web-1');

function pathFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bindings-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'fleet');
}

/** Whether somebody is believed; then the events count. */
function says(fleet: Fleet, stamp: Stamp, identity: string | undefined, isRelay = false): boolean {
  const claim = { agentId: stamp.agent.id, source: stamp.origin.source };
  if (fleet.judge(claim, { identity, isRelay }) !== undefined) return false;
  fleet.stored(stamp, 10, '192.0.2.1');
  return true;
}

function told(fleet: Fleet): unknown {
  return fleet.report().map(({ id, identity, events, refusedStamps }) => {
    return [id, identity, events, refusedStamps];
  });
}

test('an agent is bound to the certificate that it first comes with, and others are counted as refused', () => {
  const { fleet, metrics } = fleetAt();
  assert(says(fleet, stampOf(web, 0), 'web-1.example'));
  assert(!says(fleet, stampOf(web, 1), 'web-2.example'));
  assert(!says(fleet, stampOf(web, 1), undefined));
  assert(says(fleet, stampOf(web, 1), 'web-1.example'));
  assert.deepEqual(told(fleet), [['id-web-1', 'web-1.example', 20, 2]]);
  assert.equal(metrics.read('millrace_fleet_refused_stamps_total'), 2);
});

test('an agent that is known without a certificate is bound when it comes with one', () => {
  const { fleet } = fleetAt();
  assert(says(fleet, stampOf(web, 0), undefined));
  assert(says(fleet, stampOf(web, 1), 'web-1.example'));
  assert(!says(fleet, stampOf(web, 2), undefined));
  assert.deepEqual(told(fleet), [['id-web-1', 'web-1.example', 20, 1]]);
});

test('a relay speaks of an agent that is bound, and does not bind one', () => {
  const { fleet } = fleetAt();
  assert(says(fleet, stampOf(web, 0), 'relay.example', true));
  assert.deepEqual(told(fleet), [['id-web-1', undefined, 10, 0]]);
  assert(says(fleet, stampOf(web, 1), 'web-1.example'));
  assert(says(fleet, stampOf(web, 2), 'relay.example', true));
  assert(!says(fleet, stampOf(web, 3), undefined, true));
  assert.deepEqual(told(fleet), [['id-web-1', 'web-1.example', 30, 1]]);
});

test('a source of an agent that is bound cannot be taken by another agent', () => {
  const { fleet } = fleetAt();
  assert(says(fleet, stampOf(web, 0), 'web-1.example'));
  const stolen = { ...stampOf(web, 1), agent: agentOf('web-2') };
  assert(!says(fleet, stolen, 'web-2.example'));
  assert.deepEqual(told(fleet), [['id-web-1', 'web-1.example', 10, 1]]);
  // With another id it is still who it was.
  assert(says(fleet, { ...stampOf(web, 1), agent: agentOf('web-new') }, 'web-1.example'));
});

test('who is refused is not bound, and neither is who sends no stamp', () => {
  const { fleet } = fleetAt();
  assert(says(fleet, stampOf(web, 0), 'web-1.example'));
  const { source } = stampOf(web, 0).origin;
  const speaker = { identity: 'web-2.example', isRelay: false };
  const objection = { agentId: 'id-web-1', boundTo: 'web-1.example' };
  assert.deepEqual(fleet.judge({ agentId: undefined, source }, speaker), objection);
  assert.deepEqual(fleet.judge({ agentId: 'id-web-2', source }, speaker), objection);
  assert(says(fleet, stampOf(agentOf('web-2'), 0), 'other.example'));
});

test('bindings and refusals are known after a kill and after a stop', (context) => {
  const path = pathFor(context);
  const before = fleetAt(path);
  says(before.fleet, stampOf(web, 0), 'web-1.example');
  says(before.fleet, stampOf(web, 1), 'web-2.example');
  const killed = fleetAt(path);
  assert(!says(killed.fleet, stampOf(web, 1), undefined));
  assert.deepEqual(told(killed.fleet), [['id-web-1', 'web-1.example', 10, 2]]);
  killed.fleet.close();
  const stopped = fleetAt(path);
  assert(!says(stopped.fleet, stampOf(web, 1), 'web-2.example'));
  assert.deepEqual(told(stopped.fleet), [['id-web-1', 'web-1.example', 10, 3]]);
});

test('an agent that got another identity is bound to it for good', (context) => {
  const path = pathFor(context);
  const { fleet } = fleetAt(path);
  says(fleet, stampOf(web, 0), 'web-1.example');
  fleet.bind('id-web-1', 'db-1.example');
  assert(!says(fleet, stampOf(web, 1), 'web-1.example'));
  assert(says(fleetAt(path).fleet, stampOf(web, 1), 'db-1.example'));
});

test('several collectors tell one identity and all refusals', () => {
  const [one, other] = [fleetAt().fleet, fleetAt().fleet];
  says(one, stampOf(web, 0), 'web-1.example');
  says(one, stampOf(web, 1), undefined);
  says(other, stampOf(web, 1), undefined);
  const [merged] = mergeReports([one.report(), other.report()]);
  assert.deepEqual([merged?.identity, merged?.refusedStamps], ['web-1.example', 1]);
});
