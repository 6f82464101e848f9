import dns from 'node:dns/promises';
import net from 'node:net';
import type { Clock } from '../clock.ts';
import { MillraceError, toError } from '../error.ts';

/** All addresses of a host name, in the system's order. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** The system's look-up: hosts file, DNS and what else it is set up to ask. */
export const systemLookup: Lookup = async (host) =>
  (await dns.lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/** How the addresses of a host are found. */
export interface AddressSettings {
  readonly host: string;
  /** A look-up holds for so long; undefined: not at all. */
  readonly expireMs: number | undefined;
  /** Another address comes first each time. */
  readonly isRoundRobin: boolean;
  readonly lookup: Lookup;
  readonly clock: Clock;
  readonly random: () => number;
}

/** The addresses of one host, looked up again when they have expired. */
export class Addresses {
  private readonly settings: AddressSettings;
  private found: Promise<readonly string[]> | undefined;
  private foundMs = 0;
  private turns = 0;

  constructor(settings: AddressSettings) {
    this.settings = settings;
    this.turns = Math.floor(settings.random() * 1000);
  }

  /** Whether a look-up that was made has expired. */
  get isExpired(): boolean {
    const { host, expireMs, clock } = this.settings;
    if (expireMs === undefined || net.isIP(host) !== 0) return false;
    return clock.monotonicMs() - this.foundMs >= expireMs;
  }

  /** The addresses in the order in which to try them. @throws MR_NET when the name cannot be looked up */
  async inOrder(): Promise<readonly string[]> {
    const { host, isRoundRobin } = this.settings;
    if (net.isIP(host) !== 0) return [host];
    const addresses = await this.all();
    if (!isRoundRobin) return addresses;
    this.turns += 1;
    const first = this.turns % addresses.length;
    return [...addresses.slice(first), ...addresses.slice(0, first)];
  }

  /** Looks the name up again next time, whatever is known of it. */
  forget(): void {
    this.found = undefined;
  }

  private all(): Promise<readonly string[]> {
    const { expireMs, clock } = this.settings;
    if (this.found === undefined || expireMs === undefined || this.isExpired) {
      this.foundMs = clock.monotonicMs();
      const found = this.lookUp();
      this.found = found;
      // A name that was not found may be there at the next try.
      found.catch(() => {
        if (this.found === found) this.forget();
      });
    }
    return this.found;
  }

  private async lookUp(): Promise<readonly string[]> {
    const { host, lookup } = this.settings;
    try {
      const addresses = await lookup(host);
      if (addresses.length > 0) return addresses;
    } catch (thrown) {
      const cause = toError(thrown);
      throw new MillraceError('MR_NET', `${host} cannot be looked up: ${cause.message}`, { cause });
    }
    throw new MillraceError('MR_NET', `${host} has no address`);
  }
}
