import type { Clock } from '../clock.ts';

/** What a server counts for among others. */
export interface Weighted {
  /** Shares among the servers; 0: never. */
  readonly weight: number;
  /** Used only to make up for others that are failing. */
  readonly isStandby: boolean;
}

interface Share<T extends Weighted> {
  readonly server: T;
  /** What it is owed; the one that is owed most comes next. */
  credit: number;
  failedMs: number | undefined;
}

/**
 * Says which server comes next, each by its weight, evenly interleaved. A server that has failed is left alone
 * for `recoverWaitMs`, as long as there are others.
 */
export class Balance<T extends Weighted> {
  private readonly shares: readonly Share<T>[];
  private readonly recoverWaitMs: number;
  private readonly clock: Clock;

  constructor(servers: readonly T[], recoverWaitMs: number, clock: Clock) {
    this.shares = servers
      .filter(({ weight }) => weight > 0)
      .map((server) => ({ server, credit: 0, failedMs: undefined }));
    this.recoverWaitMs = recoverWaitMs;
    this.clock = clock;
  }

  /** All servers in the order in which to try them: the one whose turn it is, its stand-ins, at last the failing ones. */
  next(): readonly T[] {
    const sound = this.shares.filter((share) => !this.isFailing(share));
    const failing = this.shares.filter((share) => this.isFailing(share));
    failing.sort((one, other) => (one.failedMs ?? 0) - (other.failedMs ?? 0));
    const active = this.activeOf(sound, failing);
    const chosen = takeTurn(active);
    const others = active.filter((share) => share !== chosen);
    others.sort((one, other) => other.credit - one.credit);
    const spare = sound.filter((share) => !active.includes(share));
    const order = [...(chosen === undefined ? [] : [chosen]), ...others, ...spare, ...failing];
    return order.map(({ server }) => server);
  }

  /** The server could not be reached, or did not do its work. */
  failed(server: T): void {
    const share = this.shareOf(server);
    if (share !== undefined) share.failedMs = this.clock.monotonicMs();
  }

  /** The server has done its work. */
  succeeded(server: T): void {
    const share = this.shareOf(server);
    if (share !== undefined) share.failedMs = undefined;
  }

  /** The sound regular servers, and as many standbys as their lost weight asks for. */
  private activeOf(sound: readonly Share<T>[], failing: readonly Share<T>[]): Share<T>[] {
    const active = sound.filter(({ server }) => !server.isStandby);
    let lost = failing.reduce(
      (sum, { server }) => (server.isStandby ? sum : sum + server.weight),
      0,
    );
    for (const share of sound) {
      if (!share.server.isStandby || lost <= 0) continue;
      active.push(share);
      lost -= share.server.weight;
    }
    return active;
  }

  private isFailing({ failedMs }: Share<T>): boolean {
    return failedMs !== undefined && this.clock.monotonicMs() - failedMs < this.recoverWaitMs;
  }

  private shareOf(server: T): Share<T> | undefined {
    return this.shares.find((share) => share.server === server);
  }
}

/** Smooth weighted round robin: everyone is credited with its weight, and who is owed most pays for all. */
function takeTurn<T extends Weighted>(shares: readonly Share<T>[]): Share<T> | undefined {
  let chosen: Share<T> | undefined;
  let total = 0;
  for (const share of shares) {
    share.credit += share.server.weight;
    total += share.server.weight;
    if (chosen === undefined || share.credit > chosen.credit) chosen = share;
  }
  if (chosen !== undefined) chosen.credit -= total;
  return chosen;
}
