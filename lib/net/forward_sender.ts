import type { Clock } from '../clock.ts';
import { MillraceError, toError } from '../error.ts';
import type { Log } from '../log.ts';
import { Balance } from './balance.ts';
import type { Parcel } from './forward_link.ts';
import { ForwardPeer, type PeerSettings, type Reached } from './forward_peer.ts';

/** One of the receivers among which chunks are shared. */
export interface Receiver extends PeerSettings {
  readonly name: string;
  readonly weight: number;
  readonly isStandby: boolean;
}

/** So many chunks with an unknown fate are remembered. */
const rememberedChunks = 1000;

interface Server {
  readonly name: string;
  readonly weight: number;
  readonly isStandby: boolean;
  readonly peer: ForwardPeer;
}

/**
 * Delivers chunks to one of several receivers. A receiver that cannot be reached is passed over. One that may
 * have got a chunk without saying so is asked again first when the chunk comes again, since it alone can tell
 * a repetition.
 */
export class ForwardSender {
  private readonly servers: readonly Server[];
  private readonly balance: Balance<Server>;
  private readonly log: Log;
  private readonly doubtful = new Map<string, Server>();

  constructor(receivers: readonly Receiver[], recoverWaitMs: number, clock: Clock, log: Log) {
    this.servers = receivers.map((receiver) => ({
      name: receiver.name,
      weight: receiver.weight,
      isStandby: receiver.isStandby,
      peer: new ForwardPeer(receiver),
    }));
    this.balance = new Balance(this.servers, recoverWaitMs, clock);
    this.log = log;
  }

  /** Connects to every receiver. @throws MR_NET when one cannot be reached */
  async verify(signal: AbortSignal): Promise<void> {
    await orAborted(Promise.all(this.servers.map(({ peer }) => peer.reach())), signal);
  }

  /**
   * Delivers a chunk; `parcel` is called for every attempt at it.
   * @throws MR_NET when no receiver can be reached or none has confirmed it, MR_STOPPED when aborted
   */
  async deliver(chunkId: string, parcel: () => Parcel, signal: AbortSignal): Promise<void> {
    let last: Error | undefined;
    for (const server of this.orderFor(chunkId)) {
      let reached: Reached;
      try {
        reached = await orAborted(server.peer.reach(), signal);
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        last = toError(thrown);
        this.passOver(server, last);
        continue;
      }
      try {
        await this.send(server, reached, parcel, signal);
        this.balance.succeeded(server);
        this.doubtful.delete(chunkId);
        return;
      } catch (error) {
        this.remember(chunkId, server);
        if (!signal.aborted) this.balance.failed(server);
        throw error;
      }
    }
    throw last ?? new MillraceError('MR_NET', 'there is no server with a weight above 0');
  }

  /** Closes all connections. */
  close(): void {
    for (const { peer } of this.servers) peer.close();
  }

  /** A kept connection that turns out to be broken may have been left long ago: then a new one is tried at once. */
  private async send(
    server: Server,
    reached: Reached,
    parcel: () => Parcel,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await reached.send(parcel(), signal);
    } catch (error) {
      const isStale = reached.wasKept && !reached.isOpen && isNetError(error) && !signal.aborted;
      if (!isStale) throw error;
      const again = await orAborted(server.peer.reach(), signal);
      await again.send(parcel(), signal);
    }
  }

  private orderFor(chunkId: string): readonly Server[] {
    const order = this.balance.next();
    const first = this.doubtful.get(chunkId);
    return first === undefined ? order : [first, ...order.filter((server) => server !== first)];
  }

  private passOver(server: Server, error: Error | undefined): void {
    this.balance.failed(server);
    this.log.warn(`server ${server.name} is passed over: ${error?.message}`, { error });
  }

  private remember(chunkId: string, server: Server): void {
    this.doubtful.set(chunkId, server);
    if (this.doubtful.size <= rememberedChunks) return;
    for (const oldest of this.doubtful.keys()) {
      this.doubtful.delete(oldest);
      return;
    }
  }
}

function isNetError(error: unknown): boolean {
  return error instanceof MillraceError && error.code === 'MR_NET';
}

/** The same, but rejects as soon as `signal` is aborted. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new MillraceError('MR_STOPPED', 'stopped while connecting'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
