import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import {
  decodePing,
  digest,
  encodeHelo,
  encodePong,
  encodeRefusal,
  equalDigests,
  type Helo,
} from '../codec/forward_handshake.ts';
import { MillraceError } from '../error.ts';

/** Who may send, by the forward protocol's handshake. */
export interface GateSettings {
  readonly selfHostname: string;
  readonly sharedKey: string;
  readonly userAuth: boolean;
  /** Whether addresses that no client names may send. */
  readonly allowAnonymousSource: boolean;
  readonly users: readonly GateUser[];
  readonly clients: readonly GateClient[];
}

/** A user that may send. */
export interface GateUser {
  readonly username: string;
  readonly password: string;
}

/** A source, by host or by network in CIDR notation. */
export interface GateClient {
  readonly host: string | undefined;
  readonly network: string | undefined;
  /** The key of this source, if not the common one. */
  readonly sharedKey: string | undefined;
  /** Names of the users that may come from here; all when empty. */
  readonly users: readonly string[];
}

/** What becomes of a connection after its PING. */
export interface Verdict {
  readonly isAccepted: boolean;
  readonly reply: Uint8Array;
  readonly reason: string;
}

interface KnownSource {
  readonly addresses: BlockList;
  readonly sharedKey: string;
  readonly users: readonly GateUser[];
}

/** Lets clients in that know the shared key, and a user's password if asked for one. */
export class ForwardGate {
  private readonly settings: GateSettings;
  private readonly sources: readonly KnownSource[];
  private readonly random: (length: number) => Uint8Array;

  private constructor(
    settings: GateSettings,
    sources: readonly KnownSource[],
    random: (length: number) => Uint8Array,
  ) {
    this.settings = settings;
    this.sources = sources;
    this.random = random;
  }

  /** Makes a gate; hosts of clients are looked up now. @throws MR_NET when one has no address, MR_OPTION when a network is none */
  static async create(
    settings: GateSettings,
    random: (length: number) => Uint8Array,
  ): Promise<ForwardGate> {
    const sources = await Promise.all(
      settings.clients.map(async (client) => ({
        addresses: await addressesOf(client),
        sharedKey: client.sharedKey ?? settings.sharedKey,
        users:
          client.users.length === 0
            ? settings.users
            : settings.users.filter(({ username }) => client.users.includes(username)),
      })),
    );
    return new ForwardGate(settings, sources, random);
  }

  /** A greeting for one connection, and its bytes. */
  greet(keepsAlive: boolean): { readonly helo: Helo; readonly bytes: Uint8Array } {
    const helo = { nonce: this.random(16), auth: this.random(16), keepsAlive };
    return { helo, bytes: encodeHelo(helo) };
  }

  /** Judges a client's answer to a greeting. @throws MR_CODEC when the frame cannot be decoded */
  judge(frame: Uint8Array, helo: Helo, address: string): Verdict {
    const settings = this.settings;
    const ping = decodePing(frame);
    if (ping === undefined) return refuse('invalid ping message');
    const source = this.sources.find(({ addresses }) => isIn(addresses, address));
    if (source === undefined && !settings.allowAnonymousSource) {
      return refuse(`anonymous source host '${address}' denied`);
    }
    const { sharedKey, users } = source ?? settings;
    const expected = digest(ping.salt, ping.hostname, helo.nonce, sharedKey);
    if (!equalDigests(expected, ping.keyDigest)) return refuse('shared_key mismatch');
    if (settings.userAuth) {
      const isKnown = users.some(
        ({ username, password }) =>
          username === ping.username &&
          equalDigests(digest(helo.auth, username, password), ping.passwordDigest),
      );
      if (!isKnown) return refuse('username/password mismatch');
    }
    const reply = encodePong(ping, helo, settings.selfHostname, sharedKey);
    return { isAccepted: true, reply, reason: '' };
  }
}

function refuse(reason: string): Verdict {
  return { isAccepted: false, reply: encodeRefusal(reason), reason };
}

async function addressesOf(client: GateClient): Promise<BlockList> {
  const list = new BlockList();
  if (client.network !== undefined) {
    const [address = '', prefix = isIPv6(address) ? '128' : '32'] = client.network.split('/');
    try {
      list.addSubnet(address, Number(prefix), familyOf(address));
    } catch (cause) {
      throw new MillraceError(
        'MR_OPTION',
        `\`network ${client.network}\` of a <client> is no network such as 10.0.0.0/8`,
        { cause },
      );
    }
  }
  if (client.host !== undefined) {
    const found = await lookup(client.host, { all: true }).catch((cause: unknown) => {
      const message = `\`host ${client.host}\` of a <client> has no address`;
      throw new MillraceError('MR_NET', message, { cause });
    });
    for (const { address } of found) list.addAddress(address, familyOf(address));
  }
  return list;
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
