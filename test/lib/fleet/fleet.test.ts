import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { completenessOf } from '../../../lib/fleet/fleet_report.ts';
import { agentOf, fleetAt, stampOf } from './fleet_rig.ts';

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('each agent is known by its id, whatever address it shares', () => {
  const { fleet, clock, metrics } = fleetAt();
  fleet.stored(stampOf(agentOf('web-1', { site: 'north' }), 0), 10, '192.0.2.1');
  clock.advance(5000);
  fleet.stored(stampOf(agentOf('web-2'), 0), 20, '192.0.2.1');
  const [one, two] = fleet.report();
  assert.deepEqual(
    [one?.name, one?.id, one?.address, one?.labels, one?.events, one?.ageMs],
    ['web-1', 'id-web-1', '192.0.2.1', { site: 'north' }, 10, 250],
  );
  assert.equal(two?.events, 20);
  assert.equal((two?.firstSeenMs ?? 0) - (one?.firstSeenMs ?? 0), 5000);
  assert.equal(metrics.read('millrace_fleet_agents'), 2);
});

test('a chunk that is skipped is missing, one that comes twice is counted once', () => {
  const { fleet, metrics } = fleetAt();
  const agent = agentOf('web-1');
  for (const chunk of [0, 1, 1, 3, 4]) fleet.stored(stampOf(agent, chunk), 10, 'a');
  const [report] = fleet.report();
  assert(report !== undefined);
  assert.deepEqual(
    [report.frames, report.events, report.repeatedFrames, report.missingChunks],
    [4, 40, 1, 1],
  );
  assert.equal(completenessOf(report), 'incomplete');
  assert.equal(metrics.read('millrace_fleet_repeated_frames_total'), 1);
});

test('an epoch that is not the first is known from its beginning', () => {
  const { fleet } = fleetAt();
  const agent = agentOf('web-1');
  fleet.stored(stampOf(agent, 7), 1, 'a');
  assert.equal(fleet.report()[0]?.missingChunks, 0);
  fleet.stored(stampOf(agent, 2, { epoch: 2 }), 1, 'a');
  assert.equal(fleet.report()[0]?.missingChunks, 2);
});

test('what a fleet knew is known after a kill and after a stop', (context) => {
  const path = join(folderFor(context), 'worker0', 'fleet');
  const before = fleetAt(path);
  const agent = agentOf('web-1', { site: 'north' });
  for (const chunk of [0, 2, 2]) before.fleet.stored(stampOf(agent, chunk), 10, '192.0.2.1');
  const told = before.fleet.report();
  // A kill cuts the last line.
  appendFileSync(path, '["stored","id-web-1","s-web');
  const killed = fleetAt(path);
  assert.deepEqual(killed.fleet.report(), told);
  killed.fleet.stored(stampOf(agent, 3), 10, '192.0.2.1');
  const later = killed.fleet.report();
  killed.fleet.close();
  const stopped = fleetAt(path);
  assert.deepEqual(
    stopped.fleet.report().map((report) => ({ ...report, eventsPerSecond: 0 })),
    later.map((report) => ({ ...report, eventsPerSecond: 0 })),
  );
});

test('after a restart it is known whose events are sent on, before anything has come', (context) => {
  const path = join(folderFor(context), 'fleet');
  const { origin, ...told } = stampOf(agentOf('web-1'), 0);
  fleetAt(path).fleet.stored({ ...told, origin }, 10, '192.0.2.1');
  const events = { origin, count: 10, part: 0, parts: 1 };
  assert.deepEqual(fleetAt(path).fleet.stampsOf(events), [
    { ...told, ...events, address: '192.0.2.1' },
  ]);
});

test('what agents said over other relays is known after a kill and after a stop', (context) => {
  const path = join(folderFor(context), 'fleet');
  const relay = stampOf(agentOf('relay'), 0);
  const passedOn = {
    ...stampOf(agentOf('web-1', { site: 'north' }), 3),
    ...{ count: 7, part: 1, parts: 2, address: '192.0.2.7' },
  };
  const { fleet } = fleetAt(path);
  fleet.stored(relay, 10, '192.0.2.1');
  // Sent again, as when an acknowledgement was lost.
  for (const _ of [1, 2]) fleet.carried(relay.origin, [passedOn]);
  const events = { origin: relay.origin, count: 10, part: 0, parts: 1 };
  const own = { ...relay, ...events, address: '192.0.2.1' };
  assert.deepEqual(fleet.stampsOf(events), [own, passedOn]);
  const killed = fleetAt(path);
  assert.deepEqual(killed.fleet.stampsOf(events), [own, passedOn]);
  killed.fleet.close();
  assert.deepEqual(fleetAt(path).fleet.stampsOf(events), [own, passedOn]);
});

test('the file of a fleet does not grow for ever', (context) => {
  const path = join(folderFor(context), 'fleet');
  const { fleet } = fleetAt(path);
  const agent = agentOf('web-1');
  for (let chunk = 0; chunk < 60_000; chunk += 1) fleet.stored(stampOf(agent, chunk), 1, 'a');
  assert(statSync(path).size < 5 * 1024 * 1024);
  assert.equal(fleetAt(path).fleet.report()[0]?.events, 60_000);
});

test('a file that cannot be written is told once, and the fleet goes on', (context) => {
  const folder = folderFor(context);
  mkdirSync(join(folder, 'fleet'));
  const { fleet, lines } = fleetAt(join(folder, 'fleet'));
  fleet.stored(stampOf(agentOf('web-1'), 0), 1, 'a');
  fleet.stored(stampOf(agentOf('web-1'), 1), 1, 'a');
  fleet.close();
  assert.equal(fleet.report()[0]?.events, 2);
  assert.equal(lines.length, 1);
  assert.match(lines[0]?.message ?? '', /cannot be remembered/);
});
