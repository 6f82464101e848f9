import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import test, { type TestContext } from 'node:test';
import { agents } from '../../../lib/cli/agents.ts';
import type { Fleet } from '../../../lib/fleet/fleet.ts';
import { agentOf, fleetAt, stampOf } from '../fleet/fleet_rig.ts';
import { testTerminal } from './test_terminal.ts';

/** The address of a server that tells of a fleet. */
async function told(context: TestContext, fleet: Fleet): Promise<string> {
  const server = createServer((_, response) =>
    response.end(JSON.stringify({ agents: fleet.report() })),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  return `127.0.0.1:${address.port}`;
}

function fleetOf(skips: number): Fleet {
  const { fleet } = fleetAt();
  for (const name of ['web-1', 'web-2', 'db-1']) {
    for (let chunk = 0; chunk < 5; chunk += 1) {
      if (name === 'web-2' && chunk === skips) continue;
      fleet.stored(stampOf(agentOf(name, { site: name.slice(0, 2) }), chunk), 10, '192.0.2.7');
    }
  }
  return fleet;
}

test('agents are listed by name, and one of which a chunk is missing fails the command', async (context) => {
  const from = [await told(context, fleetOf(2))];
  const terminal = testTerminal();
  assert.equal(await agents({ from, timeout: 10 }, terminal), 1);
  const lines = terminal.outText().split('\n');
  assert.deepEqual(
    lines.slice(1, 4).map((line) => line.split(/ +/)[0]),
    ['db-1', 'web-1', 'web-2'],
  );
  assert.match(lines[3] ?? '', / 40 .* 1 +incomplete$/);
  assert.equal(lines[4], '3 agents, 1 incomplete');
});

test('what one collector misses another has', async (context) => {
  const from = [await told(context, fleetOf(2)), await told(context, fleetOf(3))];
  const terminal = testTerminal();
  assert.equal(await agents({ from, timeout: 10, json: true }, terminal), 0);
  const body: { agents: { name: string; missingChunks: number; doubledChunks: number }[] } =
    JSON.parse(terminal.outText());
  assert.deepEqual(
    body.agents.map(({ name, missingChunks, doubledChunks }) => [
      name,
      missingChunks,
      doubledChunks,
    ]),
    [
      ['db-1', 0, 5],
      ['web-1', 0, 5],
      ['web-2', 0, 3],
    ],
  );
});

test('an agent is listed with the identity that it is bound to, and what others said as it', async (context) => {
  const fleet = fleetOf(9);
  const claim = { agentId: 'id-web-1', source: 's-web-1' };
  for (const identity of ['web-1.example', 'web-2.example', undefined]) {
    fleet.judge(claim, { identity, isRelay: false });
  }
  const from = [await told(context, fleet)];
  const terminal = testTerminal();
  assert.equal(await agents({ from, timeout: 10 }, terminal), 0);
  const [head = '', db = '', web = ''] = terminal.outText().split('\n');
  const cell = (line: string, name: string) => line.slice(head.indexOf(name)).split(' ')[0];
  assert.deepEqual([cell(web, 'IDENTITY'), cell(web, 'REFUSED')], ['web-1.example', '2']);
  assert.deepEqual([cell(db, 'IDENTITY'), cell(db, 'REFUSED')], ['-', '0']);
  const json = testTerminal();
  await agents({ from, timeout: 10, json: true }, json);
  assert.match(json.outText(), /"identity": "web-1\.example",[^}]*"refusedStamps": 2,/);
});

test('groups are by prefix or label, and name who is incomplete', async (context) => {
  const from = [await told(context, fleetOf(2))];
  for (const [groupBy, groups] of [
    ['prefix', ['db', 'web']],
    ['label:site', ['db', 'we']],
  ] as const) {
    const terminal = testTerminal();
    assert.equal(await agents({ from, groupBy, timeout: 10 }, terminal), 1);
    const lines = terminal.outText().split('\n').slice(1, 3);
    assert.deepEqual(
      lines.map((line) => line.split(/ +/)[0]),
      groups,
    );
    assert.match(lines[1] ?? '', /^we\w* +2 +90 .* 1 +web-2$/);
  }
});

test('a collector that cannot be asked, and a grouping that is none, are named', async (context) => {
  const terminal = testTerminal();
  const from = [await told(context, fleetOf(9))];
  await assert.rejects(agents({ from, groupBy: 'site', timeout: 10 }, terminal), /not `site`/);
  await assert.rejects(
    agents({ from: ['127.0.0.1:39'], timeout: 10 }, terminal),
    /127\.0\.0\.1:39 cannot be asked for its agents: .*ECONNREFUSED/,
  );
});
