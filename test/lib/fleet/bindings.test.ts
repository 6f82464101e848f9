import assert from 'node:assert/strict';
import test from 'node:test';
import { Bindings } from '../../../lib/fleet/bindings.ts';

const agent = { isRelay: false };
const relay = { isRelay: true };

test('only who has the identity of an agent speaks as it', () => {
  const bindings = new Bindings();
  bindings.bind('a', 'a.example');
  assert.equal(bindings.objection(['a'], { ...agent, identity: 'a.example' }), undefined);
  for (const identity of ['b.example', undefined]) {
    const objection = { agentId: 'a', boundTo: 'a.example' };
    assert.deepEqual(bindings.objection(['a'], { ...agent, identity }), objection);
    assert.deepEqual(bindings.objection(['b', 'a'], { ...agent, identity }), objection);
    assert.equal(bindings.objection(['b'], { ...agent, identity }), undefined);
  }
});

test('a relay speaks of agents that are bound if it has a certificate itself', () => {
  const bindings = new Bindings();
  bindings.bind('a', 'a.example');
  assert.equal(bindings.objection(['a'], { ...relay, identity: 'r.example' }), undefined);
  assert.notEqual(bindings.objection(['a'], { ...relay, identity: undefined }), undefined);
  assert.equal(bindings.objection(['b'], { ...relay, identity: undefined }), undefined);
});

test('who makes up ids without end drives out only those that he made up', () => {
  const bindings = new Bindings(10);
  bindings.bind('a', 'a.example');
  for (let n = 0; n < 100; n += 1) bindings.bind(`made-up-${n}`, 'b.example');
  assert.equal(bindings.identities.get('a'), 'a.example');
  assert.equal(bindings.identities.get('made-up-99'), 'b.example');
  assert.equal(bindings.identities.size, 10);
});
