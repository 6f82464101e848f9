import type { Timer } from '../clock.ts';
import { ForwardLink, type LinkSettings, type Parcel } from './forward_link.ts';

/** How connections to a receiver are kept. */
export interface PeerSettings {
  readonly link: LinkSettings;
  /** A connection is used for many parcels; else each parcel has its own. */
  readonly keepsConnection: boolean;
  /** A kept connection is closed when it was idle for so long; undefined: never. */
  readonly idleTimeoutMs: number | undefined;
}

/** A connection that a parcel can be sent through. */
export interface Reached {
  /** Whether the connection was there before: then the receiver may have left it long ago. */
  readonly wasKept: boolean;
  readonly isOpen: boolean;
  send(parcel: Parcel, signal: AbortSignal): Promise<void>;
}

/** A receiver of the forward protocol, and the connection that is kept to it. */
export class ForwardPeer {
  private readonly settings: PeerSettings;
  private readonly stopping = new AbortController();
  private readonly links = new Set<ForwardLink>();
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
    return {
      wasKept,
      get isOpen() {
        return link.isOpen;
      },
      send: (parcel, signal) => this.sendBy(link, parcel, signal),
    };
  }

  /** Closes all connections; nothing can be sent any more. */
  close(): void {
    this.stopping.abort();
    this.idleTimer?.cancel();
    for (const link of this.links) link.close();
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
    this.links.add(link);
    return link;
  }

  private async sendBy(link: ForwardLink, parcel: Parcel, signal: AbortSignal): Promise<void> {
    this.idleTimer?.cancel();
    try {
      await link.send(parcel, signal);
    } finally {
      if (link.openParcels === 0) this.release(link);
    }
  }

  private release(link: ForwardLink): void {
    const { keepsConnection, idleTimeoutMs, link: linkSettings } = this.settings;
    const isKept = keepsConnection && link === this.kept && link.isOpen;
    if (!isKept) this.drop(link);
    else if (idleTimeoutMs !== undefined) {
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
