import type { Socket } from 'node:net';
import type { Clock, Timer } from '../clock.ts';
import { decodeAckText, encodeChunk, packedFrameHead, packedFrameTail } from '../codec/forward.ts';
import { decodeFarewell } from '../codec/forward_farewell.ts';
import {
  type Credentials,
  decodeHelo,
  encodePing,
  faultInPong,
  keyMismatch,
  sameHostname,
} from '../codec/forward_handshake.ts';
import type { ForwardOptions } from '../codec/forward_options.ts';
import { MsgpackSplitter } from '../codec/msgpack_splitter.ts';
import { MillraceError, toError } from '../error.ts';
import { type DialTarget, dialTcp } from './dial.ts';
import { farewellTo } from './forward_farewell.ts';
import { dialTls, type TlsDialing } from './tls_dial.ts';
import { type PeerFault, tlsFault } from './tls_fault.ts';

/** How a link is made and kept. */
export interface LinkSettings {
  readonly target: DialTarget;
  /** Undefined: plain TCP. */
  readonly tls: Omit<TlsDialing, 'farewell'> | undefined;
  /** Known to the server, if it asks. */
  readonly credentials: Credentials | undefined;
  readonly handshakeTimeoutMs: number;
  /** How long the receiver may take to take a frame. */
  readonly sendTimeoutMs: number;
  readonly ackTimeoutMs: number;
  readonly clock: Clock;
  /** An ack has come: for a frame that waits for one, or (late, repeated or wrong) for none. */
  readonly onAck?: (isAwaited: boolean) => void;
  /** 32 hex digits that nobody can guess. */
  readonly randomSalt: () => string;
}

/** Packed entries on their way out. */
export interface Parcel {
  readonly tag: string;
  /** Bytes of all pieces together. */
  readonly sizeBytes: number;
  readonly pieces: readonly Uint8Array[];
  readonly options: Omit<ForwardOptions, 'chunk'>;
  /** What the receiver is to acknowledge; undefined: sent is delivered. */
  readonly chunk: string | undefined;
}

const longestAnswerBytes = 64 * 1024;
/** The system asks a silent peer whether it is there: a connection whose other end has vanished breaks after some 20 s. */
const askSilentPeerMs = 10_000;

interface Waiter {
  readonly settle: (error?: MillraceError) => void;
}

/** One connection to a receiver of the forward protocol. Parcels go out one after another; their acks come back in any order. */
export class ForwardLink {
  private readonly socket: Socket;
  private readonly settings: LinkSettings;
  private readonly name: string;
  private readonly waiters = new Map<string, Waiter>();
  private readonly answers = new MsgpackSplitter(longestAnswerBytes);
  private turn: Promise<void> = Promise.resolve();
  private fault: MillraceError | undefined;
  private lastAnswerMs: number;
  private wake: (() => void) | undefined;
  private isGreeted: boolean;
  private hasAnswered = false;

  /**
   * Connects and, with credentials, shakes hands.
   * @throws MR_NET when the receiver cannot be reached, MR_AUTH when it refuses us or is not to be trusted, MR_STOPPED when aborted
   */
  static async open(settings: LinkSettings, signal: AbortSignal): Promise<ForwardLink> {
    const { target, tls, clock } = settings;
    const socket =
      tls === undefined
        ? await dialTcp(target, clock, signal)
        : await dialTls(target, { ...tls, farewell: farewellTo }, clock, signal);
    const link = new ForwardLink(socket, settings);
    try {
      if (settings.credentials !== undefined) await link.shakeHands(settings.credentials, signal);
      return link;
    } catch (error) {
      // What was written last, which may be why we leave, still goes out.
      socket.destroySoon();
      throw error;
    }
  }

  private constructor(socket: Socket, settings: LinkSettings) {
    this.socket = socket;
    this.settings = settings;
    this.name = `${settings.target.host}:${settings.target.port}`;
    this.isGreeted = settings.credentials === undefined;
    this.lastAnswerMs = settings.clock.monotonicMs();
    socket.setKeepAlive(true, askSilentPeerMs);
    socket.on('data', (bytes: Buffer) => this.receive(bytes));
    socket.on('error', (error) =>
      this.break(tlsFault(error)?.words ?? `the connection broke: ${error.message}`, error),
    );
    socket.on('close', () => this.break('the connection was closed'));
    socket.on('end', () =>
      this.break(`the connection was closed by the receiver${this.mayWantTls}`),
    );
  }

  /** A server with TLS that hears none just closes. */
  private get mayWantTls(): string {
    const mayBe = this.settings.tls === undefined && !this.hasAnswered;
    return mayBe ? ', which has not answered at all: it may speak only TLS' : '';
  }

  /** Whether parcels can still be sent. */
  get isOpen(): boolean {
    return this.fault === undefined;
  }

  /**
   * Sends a parcel; resolves when it is acknowledged or, without a chunk, handed to the system.
   * @throws MR_NET when the connection breaks or an ack is late (which ends the connection if all are), MR_STOPPED when aborted
   */
  async send(parcel: Parcel, signal: AbortSignal): Promise<void> {
    if (this.fault !== undefined) throw this.fault;
    const ack = parcel.chunk === undefined ? undefined : this.awaitAck(parcel.chunk, signal);
    // Its failure is thrown below, unless writing has failed before.
    ack?.done.catch(() => {});
    try {
      const before = this.turn;
      const written = before.then(() => this.write(parcel, signal));
      this.turn = written.catch(() => {});
      await written;
      ack?.start();
      await ack?.done;
    } catch (error) {
      ack?.cancel();
      throw error;
    }
  }

  /** Closes the connection, after what was written has gone out. */
  close(): void {
    this.fault ??= this.error('MR_STOPPED', 'the connection was closed by us');
    this.socket.destroySoon();
  }

  private async write(parcel: Parcel, signal: AbortSignal): Promise<void> {
    const { tag, sizeBytes, pieces, options } = parcel;
    if (this.fault !== undefined) throw this.fault;
    if (signal.aborted) throw this.error('MR_STOPPED', 'stopped before sending');
    const chunk = parcel.chunk === undefined ? undefined : encodeChunk(parcel.chunk);
    try {
      this.socket.cork();
      this.socket.write(packedFrameHead(tag, sizeBytes));
      for (const piece of pieces) this.socket.write(piece);
      const flushed = this.flushed(packedFrameTail({ ...options, chunk }), signal);
      this.socket.uncork();
      await flushed;
    } catch (thrown) {
      // A frame that was begun cannot be taken back.
      this.break('a frame could not be finished', toError(thrown));
      this.socket.destroy();
      throw thrown;
    }
  }

  /** Writes the end of a frame; resolves when all of it is with the system. */
  private async flushed(tail: Uint8Array, signal: AbortSignal): Promise<void> {
    if (this.fault !== undefined) throw this.fault;
    const { clock, sendTimeoutMs } = this.settings;
    let timer: Timer | undefined;
    let onAbort = (): void => {};
    try {
      await new Promise<void>((resolve, reject) => {
        const late = `a frame was not taken within ${sendTimeoutMs} ms`;
        timer = clock.after(sendTimeoutMs, () => reject(this.error('MR_NET', late)));
        onAbort = () => reject(this.error('MR_STOPPED', 'stopped while sending'));
        signal.addEventListener('abort', onAbort, { once: true });
        this.wake = () => reject(this.fault);
        this.socket.write(tail, (error) => {
          // What goes wrong is told by `error` or `close`.
          if (error === undefined || error === null) resolve();
        });
      });
    } finally {
      timer?.cancel();
      signal.removeEventListener('abort', onAbort);
      this.wake = undefined;
    }
  }

  private awaitAck(
    chunk: string,
    signal: AbortSignal,
  ): { readonly done: Promise<void>; start(): void; cancel(): void } {
    const { clock, ackTimeoutMs } = this.settings;
    let timer: Timer | undefined;
    let finish = (_error?: MillraceError): void => {};
    const onAbort = (): void => finish(this.error('MR_STOPPED', 'stopped before the ack came'));
    const cancel = (): void => {
      timer?.cancel();
      signal.removeEventListener('abort', onAbort);
      if (this.waiters.get(chunk) === waiter) this.waiters.delete(chunk);
    };
    const done = new Promise<void>((resolve, reject) => {
      finish = (error) => {
        cancel();
        if (error === undefined) resolve();
        else reject(error);
      };
    });
    const waiter: Waiter = { settle: (error) => finish(error) };
    this.waiters.set(chunk, waiter);
    signal.addEventListener('abort', onAbort, { once: true });
    const start = (): void => {
      if (!this.waiters.has(chunk)) return;
      const late = `no ack within ${ackTimeoutMs} ms`;
      const sentMs = clock.monotonicMs();
      timer = clock.after(ackTimeoutMs, () => {
        // Not by how long it is silent: a timer may be up to a millisecond early.
        if (this.lastAnswerMs <= sentMs) this.break(late);
        finish(this.error('MR_NET', late));
      });
    };
    return { done, start, cancel };
  }

  private receive(bytes: Buffer): void {
    this.lastAnswerMs = this.settings.clock.monotonicMs();
    try {
      this.hasAnswered = true;
      this.answers.push(bytes);
      if (!this.isGreeted) {
        this.wake?.();
        return;
      }
      for (let frame = this.answers.next(); frame !== undefined; frame = this.answers.next()) {
        const waiter = this.waiters.get(this.ackOf(frame));
        this.settings.onAck?.(waiter !== undefined);
        waiter?.settle();
      }
    } catch (thrown) {
      const cause = toError(thrown);
      const isRefusal = cause instanceof MillraceError && cause.code === 'MR_AUTH';
      const why = isRefusal ? '' : 'the receiver’s answer cannot be read: ';
      this.break(`${why}${cause.message}`, cause);
      this.socket.destroy();
    }
  }

  private ackOf(frame: Uint8Array): string {
    const refusal = decodeFarewell(frame);
    if (refusal !== undefined) throw new MillraceError('MR_AUTH', refusedBy(refusal.reason));
    if (decodeHelo(frame) === undefined) return decodeAckText(frame);
    throw new MillraceError('MR_PROTOCOL', 'it asks for a shared key', {
      hint: 'add `<security>` with `shared_key`',
    });
  }

  private async shakeHands(credentials: Credentials, signal: AbortSignal): Promise<void> {
    const { randomSalt } = this.settings;
    const greeting = await this.handshakeFrame(signal);
    const helo = decodeHelo(greeting);
    if (helo === undefined) {
      const refusal = decodeFarewell(greeting);
      const why = refusal === undefined ? 'it did not greet us' : refusedBy(refusal.reason);
      throw this.error('MR_AUTH', why);
    }
    const salt = randomSalt();
    this.socket.write(encodePing(helo, salt, credentials));
    const fault = faultInPong(await this.handshakeFrame(signal), helo, salt, credentials);
    if (fault !== undefined) {
      const own = ownRefusals[fault];
      if (own !== undefined) this.socket.write(farewellTo(own));
      throw this.error('MR_AUTH', fault);
    }
    this.isGreeted = true;
  }

  private async handshakeFrame(signal: AbortSignal): Promise<Uint8Array> {
    const { clock, handshakeTimeoutMs } = this.settings;
    const late = `no handshake within ${handshakeTimeoutMs} ms: it may not ask for a shared key`;
    const timer = clock.after(handshakeTimeoutMs, () => this.break(late));
    const onAbort = (): void => this.break('stopped while shaking hands');
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        const frame = this.answers.next();
        if (frame !== undefined) return frame;
        if (this.fault !== undefined) throw this.fault;
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      this.wake = undefined;
    }
  }

  /** Nothing more can be sent; whoever waits is told. */
  private break(why: string, cause?: Error): void {
    if (this.fault !== undefined) return;
    this.fault = this.error('MR_NET', why, cause);
    this.wake?.();
    for (const waiter of [...this.waiters.values()]) waiter.settle(this.fault);
    this.socket.destroySoon();
  }

  private error(
    code: 'MR_NET' | 'MR_AUTH' | 'MR_STOPPED',
    why: string,
    cause?: Error,
  ): MillraceError {
    const hint = cause instanceof MillraceError ? cause.hint : undefined;
    return new MillraceError(code, `${this.name}: ${why}`, { cause, hint });
  }
}

/** Why we leave a server that would take us, in words for it. */
const ownRefusals: { readonly [fault: string]: PeerFault } = {
  [sameHostname]: { kind: 'same_hostname', words: 'its `self_hostname` is the client’s own' },
  [keyMismatch]: { kind: 'wrong_shared_key', words: 'its proof is of another shared key' },
};

function refusedBy(reason: string): string {
  return `refused by the server: ${reason}`;
}
