import assert from 'node:assert/strict';
import test from 'node:test';
import { groupOf, parseGrouping } from '../../../lib/fleet/group.ts';

test('the prefix of a name is its host without the number at the end', () => {
  const prefixOf = (name: string) => groupOf({ name, labels: {} }, { by: 'prefix' });
  assert.deepEqual(['web-07', 'dc1-web-12.example.org', 'db3', 'alone', '42'].map(prefixOf), [
    'web',
    'dc1-web',
    'db',
    'alone',
    '42',
  ]);
});

test('agents are grouped by a label, those without it together', () => {
  const grouping = parseGrouping('label:site');
  assert.deepEqual(grouping, { by: 'label', label: 'site' });
  assert(grouping !== undefined);
  assert.equal(groupOf({ name: 'a', labels: { site: 'north' } }, grouping), 'north');
  assert.equal(groupOf({ name: 'a', labels: {} }, grouping), '');
  assert.equal(parseGrouping('site'), undefined);
});
