import { sharedAbort } from '../clock.ts';
import { MillraceError } from '../error.ts';
import type { Log } from '../log.ts';
import type { Discovery, FoundServer } from './contract.ts';

/** The servers that several discoveries have found, joined to one list. */
export class Discovered {
  private readonly discoveries: readonly Discovery[];
  private readonly tell: (servers: readonly FoundServer[]) => void;
  private readonly log: Log;
  private readonly stopping = sharedAbort();
  private readonly lists: (readonly FoundServer[])[];
  private starting: Promise<void> | undefined;

  /** `tell` gets the joined list at first and whenever one of them has changed. */
  constructor(
    discoveries: readonly Discovery[],
    tell: (servers: readonly FoundServer[]) => void,
    log: Log,
  ) {
    this.discoveries = discoveries;
    this.tell = tell;
    this.log = log;
    this.lists = discoveries.map(() => []);
  }

  /** Resolves when each has found servers; those that have are started once. @throws MR_NET or MR_IO when one has found none */
  start(): Promise<void> {
    this.starting ??= this.startAll().catch((error) => {
      this.starting = undefined;
      throw error;
    });
    return this.starting;
  }

  /** Nothing is told any more. */
  stop(): void {
    this.stopping.abort();
  }

  private async startAll(): Promise<void> {
    await Promise.all(
      this.discoveries.map(async (discovery, index) => {
        if (this.lists[index]?.length !== 0) return;
        await discovery.start((servers) => this.take(index, servers), this.stopping.signal);
        if (this.lists[index]?.length !== 0) return;
        throw new MillraceError('MR_NET', 'no server was found to send to');
      }),
    );
    this.tell(this.lists.flat());
  }

  private take(index: number, servers: readonly FoundServer[]): void {
    if (this.stopping.signal.aborted) return;
    if (servers.length === 0) {
      if (this.lists[index]?.length !== 0) {
        this.log.warn('an empty list of servers is passed over: those that were there stay');
      }
      return;
    }
    this.lists[index] = servers;
    // The first time, it is told when all have found theirs.
    if (this.lists.every(({ length }) => length > 0)) this.tell(this.lists.flat());
  }
}
