/** What a server counts for among others. */
export interface Weighted {
  /** Shares among the servers; 0: never. */
  readonly weight: number;
  /** Used only to make up for others that are lost. */
  readonly isStandby: boolean;
  /** Not lost: it can be reached, as far as one knows. */
  readonly isSound: boolean;
  /** When it was lost, on any scale that grows. */
  readonly lostMs: number;
}

/** A server in its turn: it comes at `start + turns / weight`, and whoever comes first is next. */
interface Share<T extends Weighted> {
  readonly server: T;
  start: number;
  turns: number;
  /** As it was when the share was begun; another one begins it anew. */
  weight: number;
  isActive: boolean;
}

/**
 * Says which server comes next, each by its weight, evenly interleaved. One that joins, or comes back, begins
 * within its own next interval: it gets its share from then on, and nothing of what it has missed. Where in the
 * interval is left to chance, so that many that are started together do not all begin with the same server.
 */
export class Balance<T extends Weighted> {
  private shares: Share<T>[] = [];
  private readonly random: () => number;
  /** How far the turns have come: a server of weight 1 comes once in 1. */
  private now = 0;

  /** `random` gives 0 <= r < 1. */
  constructor(random: () => number) {
    this.random = random;
  }

  /** These are the servers from now on. Those that were there before keep their turns. */
  replace(servers: readonly T[]): void {
    const before = new Map(this.shares.map((share) => [share.server, share]));
    this.shares = servers.map(
      (server) => before.get(server) ?? { server, start: 0, turns: 0, weight: 0, isActive: false },
    );
  }

  /** All servers in the order in which to try them: the one whose turn it is, its stand-ins, at last the lost ones. */
  next(): readonly T[] {
    const usable = this.shares.filter(({ server }) => server.weight > 0);
    const sound = usable.filter(({ server }) => server.isSound);
    const lost = usable.filter(({ server }) => !server.isSound);
    lost.sort((one, other) => one.server.lostMs - other.server.lostMs);
    const active = activeOf(sound, lost);
    for (const share of this.shares) this.admit(share, active.has(share));
    const turns = [...active].sort((one, other) => dueOf(one) - dueOf(other));
    const [chosen] = turns;
    if (chosen !== undefined) {
      this.now = dueOf(chosen);
      chosen.turns += 1;
    }
    const spare = sound.filter((share) => !active.has(share));
    return [...turns, ...spare, ...lost].map(({ server }) => server);
  }

  private admit(share: Share<T>, isActive: boolean): void {
    const { weight } = share.server;
    if (isActive && !(share.isActive && share.weight === weight)) {
      share.start = this.now + this.random() / weight;
      share.turns = 0;
      share.weight = weight;
    }
    share.isActive = isActive;
  }
}

function dueOf<T extends Weighted>({ start, turns, weight }: Share<T>): number {
  return start + turns / weight;
}

/** The sound regular servers, and as many standbys as the lost weight asks for; all that are sound if that is none. */
function activeOf<T extends Weighted>(
  sound: readonly Share<T>[],
  lost: readonly Share<T>[],
): ReadonlySet<Share<T>> {
  const active = new Set(sound.filter(({ server }) => !server.isStandby));
  let lacking = 0;
  for (const { server } of lost) if (!server.isStandby) lacking += server.weight;
  for (const share of sound) {
    if (!share.server.isStandby || lacking <= 0) continue;
    active.add(share);
    lacking -= share.server.weight;
  }
  // With nothing but standbys there is nobody to stand by for.
  return active.size > 0 ? active : new Set(sound);
}
