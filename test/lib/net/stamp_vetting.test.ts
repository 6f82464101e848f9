import assert from 'node:assert/strict';
import test from 'node:test';
import type { RelayedStamp, Stamp } from '../../../lib/event/agent.ts';
import type { LogFields } from '../../../lib/log.ts';
import { stampVetting, type Trust } from '../../../lib/net/stamp_vetting.ts';
import { agentOf, fleetAt, stampOf } from '../fleet/fleet_rig.ts';

const web = { address: '192.0.2.1', identity: 'web-1.example' };
const other = { address: '192.0.2.2', identity: 'web-2.example' };
const nobody = { address: '192.0.2.3', identity: undefined };

/** The vetting of a listener that has seen `web-1`. */
function vetting(trust: Partial<Trust> = {}) {
  const warnings: LogFields[] = [];
  const rig = fleetAt();
  const warn = (_: string, message: string, fields: LogFields): void => {
    warnings.push({ message, ...fields });
  };
  const settings = { bindsAgents: true, mayRelay: undefined, ...trust };
  const vet = stampVetting(settings, rig.fleet, warn);
  const stamp = stampOf(agentOf('web-1'), 0);
  vet(optionsOf(stamp), web);
  rig.fleet.stored(stamp, 10, web.address);
  return { ...rig, warnings, vet };
}

function optionsOf(stamp: Stamp, relayed?: readonly RelayedStamp[]) {
  return { origin: stamp.origin, stamp, ...(relayed !== undefined && { relayed }) };
}

function passedOn(name: string): RelayedStamp {
  const more = { count: 1, part: 0, parts: 1, address: '192.0.2.9' };
  return { ...stampOf(agentOf(name), 1), ...more };
}

test('what an agent says of itself is left as it is', () => {
  const { vet, warnings } = vetting();
  const options = optionsOf(stampOf(agentOf('web-1'), 1));
  assert.equal(vet(options, web), options);
  const plain = optionsOf(stampOf(agentOf('db-1'), 1));
  assert.equal(vet(plain, nobody), plain);
  assert.deepEqual(warnings, []);
});

test('the stamp of somebody else is taken out, and told with both identities', () => {
  const { vet, warnings } = vetting();
  const stamp = stampOf(agentOf('web-1'), 1);
  const vetted = vet({ ...optionsOf(stamp, [passedOn('db-1')]), size: 3 }, other);
  assert.deepEqual([vetted.size, vetted.stamp, vetted.relayed], [3, undefined, undefined]);
  assert.deepEqual(warnings, [
    {
      message:
        'the stamp of events was refused, and they were stored: their agent is bound to another identity',
      ...{ client: other.address, identity: other.identity },
      ...{ agent: 'web-1', agentId: 'id-web-1', boundTo: web.identity },
    },
  ]);
});

test('an origin that is claimed is none of the agent, and the same when it comes again', () => {
  const { vet } = vetting();
  const stamp = stampOf(agentOf('web-1'), 1);
  const { origin } = stamp;
  const byOther = vet(optionsOf(stamp), other).origin;
  assert.deepEqual({ ...byOther, source: origin.source }, origin);
  assert.match(byOther?.source ?? '', /^claimed:[\w-]{43}$/);
  assert.deepEqual(vet({ origin }, other).origin, byOther);
  assert.notEqual(vet({ origin }, nobody).origin?.source, byOther?.source);
});

test('relays may be named: nobody else passes on stamps', () => {
  const { vet, fleet, warnings } = vetting({ mayRelay: (identity) => identity === 'r.example' });
  const relayed = [passedOn('web-1'), passedOn('db-1')];
  const options = optionsOf(stampOf(agentOf('relay'), 0), relayed);
  assert.equal(vet(options, { address: '192.0.2.4', identity: 'r.example' }), options);
  const byOther = optionsOf(stampOf(agentOf('web-2'), 0), relayed);
  const vetted = vet(byOther, other);
  assert.deepEqual([vetted.stamp, vetted.relayed], [byOther.stamp, []]);
  assert.deepEqual(vet(optionsOf(stampOf(agentOf('x'), 0), relayed), nobody).relayed, []);
  assert.equal(warnings.length, 4);
  assert.equal(fleet.report()[0]?.refusedStamps, 2);
});

test('a relay without a certificate passes on stamps of agents that are not bound', () => {
  const { vet } = vetting();
  const relayed = [passedOn('web-1'), passedOn('db-1')];
  const vetted = vet(optionsOf(stampOf(agentOf('relay'), 0), relayed), nobody);
  assert.deepEqual(vetted.relayed, [relayed[1]]);
});

test('a listener that binds nobody believes everybody', () => {
  const { vet, fleet } = vetting({ bindsAgents: false });
  const options = optionsOf(stampOf(agentOf('web-1'), 1));
  assert.equal(vet(options, other), options);
  assert.equal(fleet.report()[0]?.identity, undefined);
});
