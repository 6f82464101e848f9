import assert from 'node:assert/strict';
import test from 'node:test';
import {
  compileIdentities,
  type IdentitySource,
  identityIn,
} from '../../../lib/net/peer_identity.ts';
import { Office } from './certificates.ts';

test('who it is stands in the first URI, the first host name or the common name', (t) => {
  const office = new Office(t);
  const identity = (names: readonly string[], source: IdentitySource) => {
    const { certificate } = office.issue('common', { names });
    return identityIn(certificate.toLegacyObject(), source);
  };
  const all = ['10.0.0.1', 'a.example', 'spiffe://fleet/a', 'b.example', 'spiffe://fleet/b'];
  assert.equal(identity(all, 'auto'), 'spiffe://fleet/a');
  assert.equal(identity(all, 'uri'), 'spiffe://fleet/a');
  assert.equal(identity(all, 'dns'), 'a.example');
  assert.equal(identity(all, 'cn'), 'common');
  assert.equal(identity(['a.example'], 'auto'), 'a.example');
  assert.equal(identity(['10.0.0.1'], 'auto'), 'common');
  assert.equal(identity([], 'auto'), 'common');
  assert.equal(identity([], 'uri'), undefined);
});

test('a name cannot pass for several', (t) => {
  const office = new Office(t);
  for (const name of ['spiffe://a, DNS:b.example', 'x"://, URI:spiffe://b', 'a, URI:b.example']) {
    const { certificate } = office.issue('sly', { names: [name] });
    const legacy = certificate.toLegacyObject();
    const isUri = name.includes('://');
    assert.equal(identityIn(legacy, isUri ? 'uri' : 'dns'), name);
    assert.equal(identityIn(legacy, isUri ? 'dns' : 'uri'), undefined);
  }
});

test('a pattern is a whole identity, in which a star is any text and nothing else is special', () => {
  const admits = compileIdentities(['agent-*.example', 'spiffe://fleet/*/agent', 'a+b']);
  for (const identity of [
    'agent-1.example',
    'spiffe://fleet/north/x/agent',
    'a+b',
    'agent-.example',
  ]) {
    assert.ok(admits(identity), identity);
  }
  for (const identity of [
    'agent-1xexample',
    'my-agent-1.example',
    'aab',
    '',
    'agent-1.example.com',
  ]) {
    assert.ok(!admits(identity), identity);
  }
  assert.ok(!compileIdentities([])('anybody'));
  assert.throws(() => compileIdentities(['']), { code: 'MR_OPTION' });
});
