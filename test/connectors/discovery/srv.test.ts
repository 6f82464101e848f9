import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import srv from '../../../connectors/discovery/srv.ts';
import { DnsServer, type Zone } from './dns_server.ts';
import { makeDiscovery } from './harness.ts';

const name = '_fluentd._tcp.example.test';
const zone: Zone = {
  srv: {
    [name]: [
      { priority: 20, weight: 10, port: 24_225, target: 'b.example.test' },
      { priority: 10, weight: 30, port: 24_224, target: 'a.example.test' },
    ],
  },
  a: { 'a.example.test': '10.0.0.1', 'b.example.test': '10.0.0.2' },
};

async function discoveryOf(t: TestContext, options: Partial<Parameters<typeof srv>[0]> = {}) {
  const dns = await DnsServer.start(zone);
  t.after(() => dns.stop());
  const made = makeDiscovery(
    srv({
      service: 'fluentd',
      hostname: 'example.test',
      dnsServerHost: dns.address,
      ...options,
    }),
  );
  t.after(() => made.stop());
  return { ...made, dns };
}

test('the servers of the records are told by priority, each with its address, name and weight', async (t) => {
  const { lists, start } = await discoveryOf(t, { sharedKey: 'key', username: 'user' });
  await start();
  const common = { isStandby: false, sharedKey: 'key', username: 'user', password: '' };
  const a = { host: 'a.example.test', address: '10.0.0.1' };
  const b = { host: 'b.example.test', address: '10.0.0.2' };
  assert.deepEqual(lists, [
    [
      { ...common, ...a, port: 24_224, name: 'a.example.test:24224', weight: 30 },
      { ...common, ...b, port: 24_225, name: 'b.example.test:24225', weight: 10 },
    ],
  ]);
});

test('without `dns_lookup` the servers have names only', async (t) => {
  const { lists, start } = await discoveryOf(t, { dnsLookup: false });
  await start();
  assert.deepEqual(
    lists[0]?.map(({ host, address }) => [host, address]),
    [
      ['a.example.test', undefined],
      ['b.example.test', undefined],
    ],
  );
});

test('where all weights are 0 the shares are equal', async (t) => {
  const { dns, lists, start } = await discoveryOf(t, { dnsLookup: false });
  const records = zone.srv[name]?.map((each) => ({ ...each, weight: 0 })) ?? [];
  dns.zone = { ...zone, srv: { [name]: records } };
  await start();
  assert.deepEqual(
    lists[0]?.map(({ weight }) => weight),
    [1, 1],
  );
});

test('it is asked again every interval, and while it cannot be, the servers stay', async (t) => {
  const { context, dns, discovery } = await discoveryOf(t, { dnsLookup: false, interval: 30_000 });
  const stopping = new AbortController();
  let wake = (): void => {};
  const hosts: string[] = [];
  await discovery.start((servers) => {
    hosts.push(servers.map(({ host }) => host).join(' '));
    wake();
  }, stopping.signal);
  dns.zone = { ...zone, srv: {} };
  const warned = context.logged(`${name} cannot be asked for, and the servers stay as they were`);
  context.clock.advance(30_000);
  await warned;
  const [first] = zone.srv[name] ?? [];
  assert.ok(first);
  dns.zone = { ...zone, srv: { [name]: [first] } };
  const told = new Promise<void>((resolve) => {
    wake = resolve;
  });
  await context.clock.pass(30_000);
  await told;
  assert.deepEqual(hosts, ['a.example.test b.example.test', 'b.example.test']);
  stopping.abort();
});

test('a name without records is an error that can pass', async (t) => {
  const { start } = await discoveryOf(t, { service: 'nothing' });
  await assert.rejects(start(), { code: 'MR_NET', message: /_nothing\._tcp\.example\.test/ });
});

test('a DNS server that is no address is refused', () => {
  const options = { service: 's', hostname: 'h', dnsServerHost: 'not an address' };
  assert.throws(() => makeDiscovery(srv(options)), {
    code: 'MR_OPTION',
    message: /not an address/,
  });
});
