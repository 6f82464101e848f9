import type { Socket } from 'node:net';
import { type Loan, sharedPool } from '../codec/byte_pool.ts';
import { readShared } from './shared_read.ts';

/** Bytes that came together; whoever is through with them may give their memory back. */
export type Received = Pick<Loan, 'bytes'> & Partial<Pick<Loan, 'release'>>;

/** What is read at once of less is not worth to be kept in pooled memory. */
const leastPooledBytes = 32 * 1024;

/**
 * Reads a socket when asked to. What comes in between is kept up to what `limitBytes` says then; after that the
 * socket is paused, so that a slow reader slows its peer down.
 */
export class SocketReader {
  private readonly socket: Socket;
  private readonly limitBytes: () => number;
  private readonly absorb: (chunk: Buffer) => number;
  private received: Received[] = [];
  private bytes = 0;
  private hasEnded = false;
  private wake: (() => void) | undefined;
  private fault: Error | undefined;

  /** `absorb` may take the first bytes that somebody waits for, so that he need not be woken for them; it gives how many. */
  constructor(
    socket: Socket,
    limitBytes: () => number,
    absorb: (chunk: Buffer) => number = () => 0,
  ) {
    this.socket = socket;
    this.limitBytes = limitBytes;
    this.absorb = absorb;
    const isShared = readShared(socket, (chunk) => this.take(chunk, ownCopy));
    if (!isShared) socket.on('data', (chunk: Buffer) => void this.take(chunk, asItIs));
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
    return this.received.length > 0 || this.hasEnded;
  }

  /** All that has come, at least one chunk; undefined after the last or once stopped. */
  async next(): Promise<readonly Received[] | undefined> {
    if (!this.isReady) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const { received } = this;
    if (received.length === 0) return undefined;
    this.received = [];
    this.bytes = 0;
    if (this.socket.isPaused()) this.socket.resume();
    return received;
  }

  /** Reads no more: `next` gives what has come, then undefined. */
  stop(): void {
    this.socket.pause();
    this.end();
  }

  /** False when the socket is paused. */
  private take(chunk: Buffer, keep: (chunk: Buffer) => Received): boolean {
    if (this.hasEnded) return true;
    // Only while somebody waits for more has everything before it been read.
    const isAwaited = this.wake !== undefined;
    const absorbed = isAwaited ? this.absorb(chunk) : 0;
    if (absorbed === chunk.length) return true;
    const rest = keep(absorbed === 0 ? chunk : chunk.subarray(absorbed));
    this.received.push(rest);
    this.bytes += rest.bytes.length;
    const isFull = !isAwaited && this.bytes >= this.limitBytes();
    if (isFull) this.socket.pause();
    this.wakeUp();
    return !isFull;
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

function asItIs(bytes: Buffer): Received {
  return { bytes };
}

function ownCopy(chunk: Buffer): Received {
  if (chunk.length < leastPooledBytes) return { bytes: Buffer.from(chunk) };
  const { bytes, release } = sharedPool.lend(chunk.length);
  chunk.copy(bytes);
  return { bytes: bytes.subarray(0, chunk.length), release };
}
