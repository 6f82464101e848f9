import type { SrvRecord } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { MillraceError, toError } from '../../lib/error.ts';
import { repeat } from '../../lib/net/repeat.ts';
import * as option from '../../lib/option/declare.ts';
import type { FoundServer } from '../../lib/plugin/contract.ts';
import { defineDiscovery } from '../../lib/plugin/define.ts';

const options = {
  service: option.string({
    doc: 'The name of what is looked for, as in `_fluentd._tcp.example.org`, without the underscore.',
    required: true,
  }),
  proto: option.string({ doc: 'The protocol, without the underscore.', default: 'tcp' }),
  hostname: option.string({ doc: 'The domain that is asked.', required: true }),
  dnsServerHost: option.string({
    doc: 'The address of the DNS server to ask, with `:port` where that is not 53; the system’s when absent.',
  }),
  interval: option.duration({ doc: 'How often it is asked again.', default: 60_000 }),
  dnsLookup: option.boolean({
    doc: 'Look up the addresses of the servers by the same DNS server. Otherwise the system does, for each connection.',
    default: true,
  }),
  sharedKey: option.string({
    doc: 'The key that the servers ask for, if not the common one.',
    secret: true,
  }),
  username: option.string({ doc: 'The user for the servers.', default: '' }),
  password: option.string({ doc: 'The password of the user.', default: '', secret: true }),
};

export default defineDiscovery({
  type: 'srv',
  doc: 'Servers that DNS names by SRV records. Each takes its share by the weight of its record; the records’ priority only orders them, as in Fluentd. Where all weights are 0, the shares are equal.',
  options,
  create(given, { clock, log }) {
    const { service, proto, hostname, dnsServerHost, interval, dnsLookup } = given;
    const { sharedKey, username, password } = given;
    const name = `_${service}._${proto}.${hostname}`;
    const resolver = new Resolver({ timeout: 5000, tries: 2 });
    if (dnsServerHost !== undefined) setServer(resolver, dnsServerHost);

    async function find(): Promise<readonly FoundServer[]> {
      const records = await resolver.resolveSrv(name);
      records.sort((one, other) => one.priority - other.priority || compareNames(one, other));
      const hasWeights = records.some(({ weight }) => weight > 0);
      return Promise.all(
        records.map(async (record) => ({
          host: record.name,
          address: dnsLookup ? await addressOf(resolver, record.name) : undefined,
          port: record.port,
          name: `${record.name}:${record.port}`,
          weight: hasWeights ? record.weight : 1,
          isStandby: false,
          ...{ sharedKey, username, password },
        })),
      );
    }

    return {
      async start(tell, signal) {
        try {
          tell(await find());
        } catch (thrown) {
          const cause = toError(thrown);
          throw new MillraceError('MR_NET', `${name}: ${cause.message}`, { cause });
        }
        repeat(clock, interval, signal, async () => {
          try {
            tell(await find());
          } catch (error) {
            log.warn(`${name} cannot be asked for, and the servers stay as they were`, { error });
          }
        });
      },
    };
  },
});

function setServer(resolver: Resolver, server: string): void {
  try {
    resolver.setServers([server]);
  } catch (cause) {
    const what = `\`dns_server_host\`: expected an address, perhaps with a port, got \`${server}\``;
    throw new MillraceError('MR_OPTION', what, { cause });
  }
}

/** The same answer in the same order, whatever order the DNS server gave. */
function compareNames(one: SrvRecord, other: SrvRecord): number {
  const [first, second] = [`${one.name}:${one.port}`, `${other.name}:${other.port}`];
  return first < second ? -1 : Number(first > second);
}

/** The smallest of its addresses, so that it stays the same from one time to the next. */
async function addressOf(resolver: Resolver, host: string): Promise<string | undefined> {
  const addresses = await resolver.resolve4(host).catch(() => resolver.resolve6(host));
  return addresses.sort()[0];
}
