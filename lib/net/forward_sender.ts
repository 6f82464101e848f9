import { MillraceError, toError } from '../error.ts';
import type { Log } from '../log.ts';
import type { Consignment, Packing } from './forward_consignment.ts';
import type { Reached } from './forward_peer.ts';
import { ForwardRoster } from './forward_roster.ts';
import type { ForwardServer, Receiver, ServerSettings } from './forward_server.ts';
import { Shipment } from './forward_shipment.ts';

/** So many chunks with an unknown fate are remembered. */
const rememberedChunks = 1000;

/** A chunk that may be with a server, wholly or in part. */
interface Doubt {
  readonly server: ForwardServer;
  readonly confirmed: Set<number>;
}

/**
 * Delivers chunks to one of several receivers. A receiver that cannot be reached is passed over. One that may
 * have got a chunk without saying so is asked again first when the chunk comes again, since it alone can tell
 * a repetition.
 */
export class ForwardSender {
  private readonly roster: ForwardRoster;
  private readonly log: Log;
  private readonly doubtful = new Map<string, Doubt>();

  constructor(settings: ServerSettings) {
    this.roster = new ForwardRoster(settings);
    this.log = settings.log;
  }

  /** Among so many receivers chunks are shared out. */
  get receiverCount(): number {
    return this.roster.all.filter(({ weight }) => weight > 0).length;
  }

  /** These are the receivers from now on. What is under way to others goes on to its end. */
  replace(receivers: readonly Receiver[]): void {
    this.roster.replace(receivers);
  }

  /** Connects to every receiver. @throws MR_NET when one cannot be reached, unless `isLenient`: then it is logged */
  async verify(isLenient: boolean, signal: AbortSignal): Promise<void> {
    const reaching = this.roster.all.map(async (server) => {
      try {
        (await server.peer.reach()).release();
      } catch (thrown) {
        const error = toError(thrown);
        server.failed(error);
        if (!isLenient) throw error;
      }
    });
    await orAborted(Promise.all(reaching), signal);
  }

  /**
   * Delivers a chunk, all of its frames to one receiver.
   * @throws MR_NET when no receiver can be reached or one has not confirmed every frame, MR_AUTH when none is left that accepts us, MR_STOPPED when aborted
   */
  async deliver(chunk: Consignment, packing: Packing, signal: AbortSignal): Promise<void> {
    let failure: Error | undefined;
    for (const server of this.orderFor(chunk.id)) {
      let reached: Reached;
      try {
        reached = await reach(server, signal);
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        const error = toError(thrown);
        // Of several errors one that can pass decides: it may have been the right server.
        if (failure === undefined || isNetError(error)) failure = error;
        server.failed(error);
        this.log.debug(`server ${server.name} is passed over`, { chunk: chunk.id, error });
        continue;
      }
      const confirmed = this.begin(chunk.id, server);
      await this.sendTo(server, reached, new Shipment(chunk, packing, confirmed), signal);
      this.doubtful.delete(chunk.id);
      server.meters.chunks.add();
      server.meters.events.add(chunk.count);
      server.meters.bytes.add(chunk.sizeBytes);
      return;
    }
    throw failure ?? new MillraceError('MR_NET', 'there is no server with a weight above 0');
  }

  /** Closes all connections. */
  close(): void {
    this.roster.close();
  }

  private async sendTo(
    server: ForwardServer,
    reached: Reached,
    shipment: Shipment,
    signal: AbortSignal,
  ): Promise<void> {
    const { meters, health } = server;
    meters.inFlight.add(1);
    try {
      await this.send(server, reached, shipment, signal);
      health.delivered();
    } catch (thrown) {
      if (!signal.aborted) meters.failures.add();
      if (isNetError(thrown) || isRefusal(thrown)) server.failed(toError(thrown));
      throw thrown;
    } finally {
      meters.inFlight.add(-1);
    }
  }

  /** A kept connection that turns out to be broken may have been left long ago: then a new one is tried at once. */
  private async send(
    server: ForwardServer,
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

  /** A server takes its turn only when it is asked for. */
  private *orderFor(chunkId: string): Generator<ForwardServer, void, undefined> {
    const first = this.doubtful.get(chunkId)?.server;
    const isThere = first !== undefined && this.roster.has(first);
    if (isThere) yield first;
    for (const server of this.roster.next()) if (!isThere || server !== first) yield server;
  }

  /** Notes who gets a chunk, until it is delivered; gives the numbers of the frames that are confirmed already. */
  private begin(chunkId: string, server: ForwardServer): Set<number> {
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

/** The server will not have us, or we would not trust it. */
function isRefusal(error: unknown): boolean {
  return error instanceof MillraceError && error.code === 'MR_AUTH';
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
async function reach(server: ForwardServer, signal: AbortSignal): Promise<Reached> {
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
