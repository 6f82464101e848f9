import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { Addresses, type Lookup } from './addresses.ts';
import type { Weighted } from './balance.ts';
import type { LinkSettings } from './forward_link.ts';
import type { ServerMeters } from './forward_meters.ts';
import { ForwardPeer } from './forward_peer.ts';
import { Health, type HealthSettings } from './health.ts';
import { Heartbeat, type Probe } from './heartbeat.ts';
import { askHeartbeat } from './udp_heartbeat.ts';

/** One of the receivers among which chunks are shared. */
export interface Receiver {
  /** The same for the same receiver, reached in the same way. */
  readonly key: string;
  readonly name: string;
  readonly weight: number;
  readonly isStandby: boolean;
  readonly link: LinkSettings;
}

/** What holds for all receivers of an output. */
export interface ServerSettings {
  readonly keepsConnection: boolean;
  readonly idleTimeoutMs: number | undefined;
  readonly health: HealthSettings;
  /** `transport`: a connection is a sign of life. `udp`: an answered datagram is. `none`: only chunks are. */
  readonly heartbeat: 'transport' | 'udp' | 'none';
  /** How long a look-up of a name holds. */
  readonly expireDnsMs: number | undefined;
  readonly isDnsRoundRobin: boolean;
  readonly lookup: Lookup;
  readonly metersFor: (name: string) => ServerMeters;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/** A receiver with its connections, its health and what is counted of it. */
export class ForwardServer implements Weighted {
  readonly key: string;
  readonly name: string;
  readonly peer: ForwardPeer;
  readonly meters: ServerMeters;
  readonly health: Health;
  weight: number;
  isStandby: boolean;
  private readonly addresses: Addresses;
  private readonly heartbeat: Heartbeat;
  private readonly log: Log;
  /** As the meters say. */
  private isUp = true;
  private hasLeft = false;

  constructor(receiver: Receiver, settings: ServerSettings) {
    const { clock, heartbeat, health, random } = settings;
    this.key = receiver.key;
    this.name = receiver.name;
    this.weight = receiver.weight;
    this.isStandby = receiver.isStandby;
    this.log = settings.log;
    this.meters = settings.metersFor(receiver.name);
    const { acks, strayAcks, connections } = this.meters;
    const { target } = receiver.link;
    const host = target.address ?? target.host;
    const { expireDnsMs: expireMs, isDnsRoundRobin: isRoundRobin, lookup } = settings;
    this.addresses = new Addresses({ host, expireMs, isRoundRobin, lookup, clock, random });
    this.peer = new ForwardPeer({
      addresses: this.addresses,
      keepsConnection: settings.keepsConnection,
      idleTimeoutMs: settings.idleTimeoutMs,
      link: { ...receiver.link, onAck: (isAwaited) => (isAwaited ? acks : strayAcks).add() },
      onConnected: () => connections.add(),
    });
    this.health = new Health(health, clock, {
      onLost: (cause) => this.lost(cause),
      onBack: () => this.back(),
    });
    this.heartbeat = new Heartbeat({
      probe: this.probeBy(heartbeat, receiver, settings),
      intervalMs: health.heartbeatIntervalMs,
      recoverWaitMs: health.recoverWaitMs,
      health: this.health,
      clock,
      random,
    });
    this.meters.up.add(1);
  }

  get isSound(): boolean {
    return this.health.isSound;
  }

  get lostMs(): number {
    return this.health.lostMs;
  }

  /** Looks for heartbeats from now on. */
  start(): void {
    this.heartbeat.start();
  }

  /** It is one of the servers no more: what is under way to it goes on to its end. */
  retire(): void {
    this.leave();
    this.peer.retire();
  }

  /** Closes all connections. */
  close(): void {
    this.leave();
    this.peer.close();
  }

  /** It could not be reached, or did not take a chunk. */
  failed(cause: Error): void {
    this.health.failed(cause);
    this.heartbeat.onFailed();
  }

  private leave(): void {
    this.heartbeat.stop();
    this.hasLeft = true;
    this.setUp(false);
  }

  private lost(cause: Error): void {
    // It may be somewhere else by now.
    this.addresses.forget();
    this.setUp(false);
    if (!this.hasLeft) this.log.warn(`server ${this.name} is lost`, { error: cause });
  }

  private back(): void {
    if (this.hasLeft) return;
    this.setUp(true);
    this.log.info(`server ${this.name} is back`);
  }

  private setUp(isUp: boolean): void {
    if (isUp !== this.isUp) this.meters.up.add(isUp ? 1 : -1);
    this.isUp = isUp;
  }

  private probeBy(
    heartbeat: ServerSettings['heartbeat'],
    receiver: Receiver,
    { clock, health }: ServerSettings,
  ): Probe | undefined {
    if (heartbeat === 'none') return undefined;
    if (heartbeat === 'transport') return () => this.peer.probe();
    return async () => {
      const [address = ''] = await this.addresses.inOrder();
      const { port } = receiver.link.target;
      return askHeartbeat(address, port, health.heartbeatIntervalMs, clock);
    };
  }
}
