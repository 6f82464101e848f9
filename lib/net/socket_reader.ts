import type { Socket } from 'node:net';

/**
 * Reads a socket when asked to. What comes in between is kept up to what `limitBytes` says then; after that the
 * socket is paused, so that a slow reader slows its peer down.
 */
export class SocketReader {
  private readonly socket: Socket;
  private readonly limitBytes: () => number;
  private readonly absorb: (chunk: Buffer) => boolean;
  private chunks: Buffer[] = [];
  private bytes = 0;
  private hasEnded = false;
  private wake: (() => void) | undefined;
  private fault: Error | undefined;

  /** `absorb` may take a chunk that somebody waits for, so that he need not be woken for it; gives whether it did. */
  constructor(
    socket: Socket,
    limitBytes: () => number,
    absorb: (chunk: Buffer) => boolean = () => false,
  ) {
    this.socket = socket;
    this.limitBytes = limitBytes;
    this.absorb = absorb;
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => {
      this.fault ??= error;
    });
    socket.on('end', () => this.end());
    socket.on('close', () => this.end());
  }

  /** What broke the connection, if something did. */
  get error(): Error | undefined {
    return this.fault;
  }

  /** Whether `next` has something to give, or nothing more will come. */
  get isReady(): boolean {
    return this.chunks.length > 0 || this.hasEnded;
  }

  /** All bytes that have come, at least one chunk; undefined after the last or once stopped. */
  async next(): Promise<readonly Buffer[] | undefined> {
    if (!this.isReady) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const { chunks } = this;
    if (chunks.length === 0) return undefined;
    this.chunks = [];
    this.bytes = 0;
    if (this.socket.isPaused()) this.socket.resume();
    return chunks;
  }

  /** Reads no more: `next` gives what has come, then undefined. */
  stop(): void {
    this.socket.pause();
    this.end();
  }

  private take(chunk: Buffer): void {
    if (this.hasEnded) return;
    // Only while somebody waits for more has everything before it been read.
    if (this.wake !== undefined && this.absorb(chunk)) return;
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes >= this.limitBytes()) this.socket.pause();
    this.wakeUp();
  }

  private end(): void {
    this.hasEnded = true;
    this.wakeUp();
  }

  private wakeUp(): void {
    this.wake?.();
    this.wake = undefined;
  }
}
