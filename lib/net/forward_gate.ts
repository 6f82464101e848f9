import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import {
  decodePing,
  digest,
  encodeHelo,
  encodePong,
  encodeRefusal,
  equalDigests,
  type Helo,
  type Ping,
} from '../codec/forward_handshake.ts';
import { MillraceError } from '../error.ts';
import type { FaultKind, PeerFault } from './tls_fault.ts';

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
  /** Why not, as the client is told: in Fluentd's words. */
  readonly reason: string;
  /** Why not, as we know it; undefined for a client that is let in. */
  readonly fault: PeerFault | undefined;
}

interface KnownSource {
  readonly addresses: BlockList;
  readonly sharedKey: string;
  readonly users: readonly GateUser[];
}

/** So many proofs of clients that were let in are remembered, to know one that is repeated. */
const rememberedProofs = 10_000;

/** Lets clients in that know the shared key, and a user's password if asked for one. */
export class ForwardGate {
  private readonly settings: GateSettings;
  private readonly sources: readonly KnownSource[];
  private readonly random: (length: number) => Uint8Array;
  private readonly proofs = new Set<string>();

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
    if (ping === undefined) {
      return refuse(
        'invalid ping message',
        'malformed_ping',
        'it answers the greeting with no PING',
      );
    }
    const source = this.sources.find(({ addresses }) => isIn(addresses, address));
    if (source === undefined && !settings.allowAnonymousSource) {
      const reason = `anonymous source host '${address}' denied`;
      return refuse(reason, 'wrong_source', 'its address is in no `<client>`');
    }
    const { sharedKey, users } = source ?? settings;
    const expected = digest(ping.salt, ping.hostname, helo.nonce, sharedKey);
    if (!equalDigests(expected, ping.keyDigest)) return this.refuseProof(ping.keyDigest);
    if (settings.userAuth) {
      const fault = this.faultOfUser(ping, helo, users);
      if (fault !== undefined) return refuse('username/password mismatch', ...fault);
    }
    this.remember(ping.keyDigest);
    const reply = encodePong(ping, helo, settings.selfHostname, sharedKey);
    return { isAccepted: true, reply, reason: '', fault: undefined };
  }

  /** A proof holds for one greeting: one that held before was listened to. */
  private refuseProof(proof: string): Verdict {
    return this.proofs.has(proof)
      ? refuse(
          'shared_key mismatch: replayed digest',
          'replayed_digest',
          'it repeats the proof of another connection, which it may have listened to',
        )
      : refuse('shared_key mismatch', 'wrong_shared_key', 'it has another shared key');
  }

  private remember(proof: string): void {
    this.proofs.add(proof);
    const [oldest] = this.proofs;
    if (this.proofs.size > rememberedProofs && oldest !== undefined) this.proofs.delete(oldest);
  }

  private faultOfUser(
    ping: Ping,
    helo: Helo,
    users: readonly GateUser[],
  ): readonly [FaultKind, string] | undefined {
    const hasName = ({ username }: GateUser): boolean => username === ping.username;
    const user = users.find(hasName);
    // Whether there is such a user must not show in the time that this takes.
    const expected = digest(helo.auth, ping.username, user?.password ?? '');
    const isRight = equalDigests(expected, ping.passwordDigest);
    const name = JSON.stringify(ping.username.slice(0, longestName));
    if (user !== undefined) {
      return isRight ? undefined : ['wrong_password', `its password for user ${name} is wrong`];
    }
    return this.settings.users.some(hasName)
      ? ['wrong_source', `user ${name} may not come from its address`]
      : ['unknown_user', `there is no user ${name}`];
  }
}

const longestName = 100;

function refuse(reason: string, kind: FaultKind, words: string): Verdict {
  return { isAccepted: false, reply: encodeRefusal(reason), reason, fault: { kind, words } };
}

async function addressesOf(client: GateClient): Promise<BlockList> {
  const list = new BlockList();
  if (client.network !== undefined) {
    const [address = '', prefix = familyOf(address) === 'ipv6' ? '128' : '32'] =
      client.network.split('/');
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

/** `isIP` first asks for version 4: the regular expression of version 6 takes Node 8 ms to compile. */
function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
