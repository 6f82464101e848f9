import type { Clock } from '../clock.ts';
import { MillraceError, toError } from '../error.ts';
import type { Log } from '../log.ts';
import { Balance } from './balance.ts';
import type { Consignment, Packing } from './forward_consignment.ts';
import { ForwardPeer, type PeerSettings, type Reached } from './forward_peer.ts';
import { Shipment } from './forward_shipment.ts';

/** One of the receivers among which chunks are shared. */
export interface Receiver extends PeerSettings {
  readonly name: string;
  readonly weight: number;
  readonly isStandby: boolean;
}

/** So many chunks with an unknown fate are remembered. */
const rememberedChunks = 1000;

/** A chunk that may be with a server, wholly or in part. */
interface Doubt {
  readonly server: Server;
  readonly confirmed: Set<number>;
}

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
  private readonly doubtful = new Map<string, Doubt>();

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
    const reaching = this.servers.map(async ({ peer }) => (await peer.reach()).release());
    await orAborted(Promise.all(reaching), signal);
  }

  /**
   * Delivers a chunk, all of its frames to one receiver.
   * @throws MR_NET when no receiver can be reached or one has not confirmed every frame, MR_STOPPED when aborted
   */
  async deliver(chunk: Consignment, packing: Packing, signal: AbortSignal): Promise<void> {
    let last: Error | undefined;
    for (const server of this.orderFor(chunk.id)) {
      let reached: Reached;
      try {
        reached = await reach(server, signal);
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        last = toError(thrown);
        this.balance.failed(server);
        // With one server the error itself says all.
        if (this.servers.length > 1) {
          this.log.warn(`server ${server.name} is passed over`, { error: last });
        }
        continue;
      }
      const confirmed = this.begin(chunk.id, server);
      try {
        await this.send(server, reached, new Shipment(chunk, packing, confirmed), signal);
        this.balance.succeeded(server);
        this.doubtful.delete(chunk.id);
        return;
      } catch (error) {
        if (isNetError(error)) this.balance.failed(server);
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
    shipment: Shipment,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await sendAndRelease(reached, shipment, signal);
    } catch (error) {
      const isStale = reached.wasKept && !reached.isOpen && isNetError(error) && !signal.aborted;
      if (!isStale) throw error;
      await sendAndRelease(await reach(server, signal), shipment, signal);
    }
  }

  private orderFor(chunkId: string): readonly Server[] {
    const order = this.balance.next();
    const first = this.doubtful.get(chunkId)?.server;
    return first === undefined ? order : [first, ...order.filter((server) => server !== first)];
  }

  /** Notes who gets a chunk, until it is delivered; gives the numbers of the frames that are confirmed already. */
  private begin(chunkId: string, server: Server): Set<number> {
    const confirmed = this.doubtful.get(chunkId)?.confirmed ?? new Set();
    this.doubtful.set(chunkId, { server, confirmed });
    const [oldest] = this.doubtful.keys();
    if (this.doubtful.size > rememberedChunks && oldest !== undefined) this.doubtful.delete(oldest);
    return confirmed;
  }
}

function isNetError(error: unknown): boolean {
  return error instanceof MillraceError && error.code === 'MR_NET';
}

async function sendAndRelease(
  reached: Reached,
  shipment: Shipment,
  signal: AbortSignal,
): Promise<void> {
  try {
    await shipment.sendBy(reached, signal);
  } finally {
    reached.release();
  }
}

/** Connects; rejects as soon as `signal` is aborted, and lets a connection go that comes later. */
async function reach(server: Server, signal: AbortSignal): Promise<Reached> {
  const reaching = server.peer.reach();
  try {
    return await orAborted(reaching, signal);
  } catch (error) {
    reaching.then((reached) => reached.release()).catch(() => {});
    throw error;
  }
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
