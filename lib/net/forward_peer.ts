import { sharedAbort, type Timer } from '../clock.ts';
import { MillraceError, toError } from '../error.ts';
import type { Addresses } from './addresses.ts';
import { ForwardLink, type LinkSettings, type Parcel } from './forward_link.ts';

/** How connections to a receiver are made and kept. */
export interface PeerSettings {
  readonly link: LinkSettings;
  readonly addresses: Addresses;
  /** A connection is used for many chunks; else each chunk has its own. */
  readonly keepsConnection: boolean;
  /** A kept connection is closed when it was idle for so long; undefined: never. */
  readonly idleTimeoutMs: number | undefined;
  /** Called for each connection that was made. */
  readonly onConnected: () => void;
}

/** A connection, held until it is released. */
export interface Reached {
  /** Whether the connection was there before: then the receiver may have left it long ago. */
  readonly wasKept: boolean;
  readonly isOpen: boolean;
  send(parcel: Parcel, signal: AbortSignal): Promise<void>;
  /** To be called once, when nothing more is sent. */
  release(): void;
}

/** An open connection and where it leads. */
interface Line {
  readonly link: ForwardLink;
  readonly address: string;
  /** How many use it. */
  holders: number;
}

/** A receiver of the forward protocol, and the connection that is kept to it. */
export class ForwardPeer {
  private readonly settings: PeerSettings;
  private readonly stopping = sharedAbort();
  private readonly lines = new Set<Line>();
  private kept: Line | undefined;
  private opening: Promise<Line> | undefined;
  private isRetired = false;
  private idleTimer: Timer | undefined;

  constructor(settings: PeerSettings) {
    this.settings = settings;
  }

  /** Whether any connection is open or being closed. */
  get isConnected(): boolean {
    return this.lines.size > 0;
  }

  /** Connects unless connected. @throws MR_NET, MR_AUTH or MR_STOPPED as `ForwardLink.open` */
  async reach(): Promise<Reached> {
    if (this.settings.addresses.isExpired) await this.leaveOldAddress();
    const { kept } = this;
    const wasKept = kept?.link.isOpen === true;
    const line = wasKept ? kept : await this.connect();
    this.idleTimer?.cancel();
    line.holders += 1;
    const { link } = line;
    return {
      wasKept,
      get isOpen() {
        return link.isOpen;
      },
      send: (parcel, signal) => link.send(parcel, signal),
      release: () => this.release(line),
    };
  }

  /** Whether there is a connection, or one can be made. A kept one is as good a sign as a new one: the system watches it. @throws as `reach` */
  async probe(): Promise<boolean> {
    if (this.kept?.link.isOpen !== true) (await this.reach()).release();
    return true;
  }

  /** No more is to be sent: connections are closed as soon as what is under way on them is through. */
  retire(): void {
    this.isRetired = true;
    this.idleTimer?.cancel();
    if (this.kept !== undefined) this.leave(this.kept);
  }

  /** Closes all connections; nothing can be sent any more. */
  close(): void {
    this.stopping.abort();
    this.idleTimer?.cancel();
    for (const { link } of this.lines) link.close();
    this.lines.clear();
  }

  /** Those who ask while a connection is being made share it, if it is to be kept. */
  private connect(): Promise<Line> {
    if (!this.settings.keepsConnection || this.isRetired) return this.open();
    this.opening ??= this.open()
      .then((line) => {
        if (!this.isRetired) this.kept = line;
        return line;
      })
      .finally(() => {
        this.opening = undefined;
      });
    return this.opening;
  }

  /** Tries one address of the receiver after another. */
  private async open(): Promise<Line> {
    const { addresses, link: settings, onConnected } = this.settings;
    let last: Error | undefined;
    for (const address of await addresses.inOrder()) {
      try {
        const target = { ...settings.target, address };
        const link = await ForwardLink.open({ ...settings, target }, this.stopping.signal);
        const line: Line = { link, address, holders: 0 };
        this.lines.add(line);
        onConnected();
        return line;
      } catch (thrown) {
        last = toError(thrown);
        if (this.stopping.signal.aborted) break;
      }
    }
    throw last ?? new MillraceError('MR_NET', `${settings.target.host} has no address`);
  }

  /** When the receiver's name leads elsewhere by now, the kept connection is left; if it cannot be looked up, that says nothing. */
  private async leaveOldAddress(): Promise<void> {
    const { kept } = this;
    if (kept === undefined) return;
    const addresses = await this.settings.addresses.inOrder().catch(() => undefined);
    if (addresses !== undefined && !addresses.includes(kept.address)) this.leave(kept);
  }

  private leave(line: Line): void {
    if (this.kept === line) this.kept = undefined;
    if (line.holders === 0) this.drop(line);
  }

  private release(line: Line): void {
    line.holders -= 1;
    if (line.holders > 0) return;
    const { idleTimeoutMs, link: linkSettings } = this.settings;
    if (line !== this.kept || !line.link.isOpen) this.drop(line);
    else if (idleTimeoutMs !== undefined) {
      this.idleTimer = linkSettings.clock.after(idleTimeoutMs, () => this.drop(line), {
        keepAlive: false,
      });
    }
  }

  private drop(line: Line): void {
    if (this.kept === line) this.kept = undefined;
    this.lines.delete(line);
    line.link.close();
  }
}
