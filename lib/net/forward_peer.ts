import { sharedAbort, type Timer } from '../clock.ts';
import { ForwardLink, type LinkSettings, type Parcel } from './forward_link.ts';

/** How connections to a receiver are kept. */
export interface PeerSettings {
  readonly link: LinkSettings;
  /** A connection is used for many chunks; else each chunk has its own. */
  readonly keepsConnection: boolean;
  /** A kept connection is closed when it was idle for so long; undefined: never. */
  readonly idleTimeoutMs: number | undefined;
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

/** A receiver of the forward protocol, and the connection that is kept to it. */
export class ForwardPeer {
  private readonly settings: PeerSettings;
  private readonly stopping = sharedAbort();
  /** Open connections, and how many hold each. */
  private readonly links = new Map<ForwardLink, number>();
  private kept: ForwardLink | undefined;
  private opening: Promise<ForwardLink> | undefined;
  private idleTimer: Timer | undefined;

  constructor(settings: PeerSettings) {
    this.settings = settings;
  }

  /** Connects unless connected. @throws MR_NET, MR_PROTOCOL or MR_STOPPED as `ForwardLink.open` */
  async reach(): Promise<Reached> {
    const { kept } = this;
    const wasKept = kept?.isOpen === true;
    const link = wasKept ? kept : await this.connect();
    this.idleTimer?.cancel();
    this.links.set(link, (this.links.get(link) ?? 0) + 1);
    return {
      wasKept,
      get isOpen() {
        return link.isOpen;
      },
      send: (parcel, signal) => link.send(parcel, signal),
      release: () => this.release(link),
    };
  }

  /** Closes all connections; nothing can be sent any more. */
  close(): void {
    this.stopping.abort();
    this.idleTimer?.cancel();
    for (const link of this.links.keys()) link.close();
    this.links.clear();
  }

  /** Those who ask while a connection is being made share it, if it is to be kept. */
  private connect(): Promise<ForwardLink> {
    if (!this.settings.keepsConnection) return this.openLink();
    this.opening ??= this.openLink()
      .then((link) => {
        this.kept = link;
        return link;
      })
      .finally(() => {
        this.opening = undefined;
      });
    return this.opening;
  }

  private async openLink(): Promise<ForwardLink> {
    const link = await ForwardLink.open(this.settings.link, this.stopping.signal);
    this.links.set(link, 0);
    return link;
  }

  private release(link: ForwardLink): void {
    const holders = (this.links.get(link) ?? 1) - 1;
    if (holders > 0) {
      this.links.set(link, holders);
      return;
    }
    const { idleTimeoutMs, link: linkSettings } = this.settings;
    if (link !== this.kept || !link.isOpen) this.drop(link);
    else {
      this.links.set(link, 0);
      if (idleTimeoutMs === undefined) return;
      this.idleTimer = linkSettings.clock.after(idleTimeoutMs, () => this.drop(link), {
        keepAlive: false,
      });
    }
  }

  private drop(link: ForwardLink): void {
    if (this.kept === link) this.kept = undefined;
    this.links.delete(link);
    link.close();
  }
}
