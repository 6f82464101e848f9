import assert from 'node:assert/strict';
import test from 'node:test';
import { Addresses, type AddressSettings } from '../../../lib/net/addresses.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

const host = 'collector.test';

/** The addresses of a host, and how often they were looked up. */
function addressesOf(settings: Partial<AddressSettings> & { readonly answers: string[][] }) {
  const { answers, ...rest } = settings;
  const clock = new TestClock();
  let lookups = 0;
  const lookup = async (): Promise<readonly string[]> => {
    lookups += 1;
    return answers[Math.min(lookups, answers.length) - 1] ?? [];
  };
  const addresses = new Addresses({
    ...{ host, expireMs: undefined, isRoundRobin: false, lookup, clock, random: () => 0 },
    ...rest,
  });
  return { addresses, clock, lookups: () => lookups };
}

test('without an expiry a name is looked up each time', async () => {
  const { addresses } = addressesOf({ answers: [['10.0.0.1'], ['10.0.0.2']] });
  assert.deepEqual(await addresses.inOrder(), ['10.0.0.1']);
  assert.deepEqual(await addresses.inOrder(), ['10.0.0.2']);
  assert.ok(!addresses.isExpired);
});

test('a look-up holds until it expires or is forgotten', async () => {
  const answers = [['10.0.0.1'], ['10.0.0.2'], ['10.0.0.3']];
  const { addresses, clock, lookups } = addressesOf({ answers, expireMs: 60_000 });
  await addresses.inOrder();
  clock.advance(59_999);
  assert.deepEqual(await addresses.inOrder(), ['10.0.0.1']);
  clock.advance(1);
  assert.ok(addresses.isExpired);
  assert.deepEqual(await addresses.inOrder(), ['10.0.0.2']);
  addresses.forget();
  assert.deepEqual(await addresses.inOrder(), ['10.0.0.3']);
  assert.equal(lookups(), 3);
});

test('an address is not looked up, and never expires', async () => {
  const { addresses, lookups } = addressesOf({ host: '::1', answers: [], expireMs: 0 });
  assert.deepEqual(await addresses.inOrder(), ['::1']);
  assert.ok(!addresses.isExpired);
  assert.equal(lookups(), 0);
});

test('in turns another address comes first each time', async () => {
  const answers = [['a', 'b', 'c']];
  const { addresses } = addressesOf({ answers, isRoundRobin: true });
  const orders = [];
  for (let turn = 0; turn < 4; turn += 1) orders.push((await addresses.inOrder()).join(''));
  assert.deepEqual(orders, ['bca', 'cab', 'abc', 'bca']);
});

test('a name that cannot be looked up, or has no address, is an error, and is looked up again', async () => {
  let isThere = false;
  const lookup = async (): Promise<readonly string[]> => {
    if (!isThere) throw new Error('ENOTFOUND');
    return ['10.0.0.1'];
  };
  const { addresses } = addressesOf({ answers: [], lookup, expireMs: 60_000 });
  await assert.rejects(addresses.inOrder(), { code: 'MR_NET', message: /ENOTFOUND/ });
  isThere = true;
  assert.deepEqual(await addresses.inOrder(), ['10.0.0.1']);
  const none = addressesOf({ answers: [[]] });
  await assert.rejects(none.addresses.inOrder(), { code: 'MR_NET', message: /has no address/ });
});
