import type { Log } from '../log.ts';
import { Balance } from './balance.ts';
import { ForwardServer, type Receiver, type ServerSettings } from './forward_server.ts';

/** The servers of an output, which come and go. */
export class ForwardRoster {
  private readonly settings: ServerSettings;
  private readonly balance: Balance<ForwardServer>;
  private readonly log: Log;
  private servers = new Map<string, ForwardServer>();
  /** Those that were removed, and may still have chunks under way. */
  private readonly retired = new Set<ForwardServer>();

  constructor(settings: ServerSettings) {
    this.settings = settings;
    this.balance = new Balance(settings.random);
    this.log = settings.log;
  }

  /** All that there are. */
  get all(): readonly ForwardServer[] {
    return [...this.servers.values()];
  }

  /** Whether it is one of them still. */
  has(server: ForwardServer): boolean {
    return this.servers.get(server.key) === server;
  }

  /** These are the servers from now on. One that was there before stays as it is, with its connections. */
  replace(receivers: readonly Receiver[]): void {
    const before = this.servers;
    const now = new Map<string, ForwardServer>();
    for (const receiver of receivers) {
      if (now.has(receiver.key)) continue;
      now.set(receiver.key, before.get(receiver.key) ?? this.add(receiver, before.size > 0));
      const server = now.get(receiver.key);
      if (server === undefined) continue;
      server.weight = receiver.weight;
      server.isStandby = receiver.isStandby;
    }
    for (const [key, server] of before) if (!now.has(key)) this.remove(server);
    this.servers = now;
    this.balance.replace(this.all);
  }

  /** The servers in the order in which to try them, and the turn of the first is taken. */
  next(): readonly ForwardServer[] {
    return this.balance.next();
  }

  /** Closes all connections. */
  close(): void {
    for (const server of [...this.servers.values(), ...this.retired]) server.close();
  }

  private add(receiver: Receiver, isNews: boolean): ForwardServer {
    const server = new ForwardServer(receiver, this.settings);
    server.start();
    if (isNews) this.log.info(`server ${server.name} is added`);
    return server;
  }

  private remove(server: ForwardServer): void {
    server.retire();
    this.log.info(`server ${server.name} is removed`);
    for (const old of this.retired) if (!old.peer.isConnected) this.retired.delete(old);
    this.retired.add(server);
  }
}
