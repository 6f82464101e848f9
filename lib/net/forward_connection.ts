import type { Socket } from 'node:net';
import type { Clock, Timer } from '../clock.ts';
import { packedBatch } from '../codec/batch.ts';
import { decodeFrame, encodeAck, type ForwardFrame } from '../codec/forward.ts';
import {
  type CollectedBatch,
  type CollectRules,
  ForwardCollector,
} from '../codec/forward_collect.ts';
import { decodeFarewell } from '../codec/forward_farewell.ts';
import { beginsJson, encodeJsonAck, JsonFrameSplitter } from '../codec/forward_json.ts';
import { gunzip } from '../codec/gzip.ts';
import { MsgpackSplitter } from '../codec/msgpack_splitter.ts';
import { MillraceError, toError } from '../error.ts';
import type { Stamp } from '../event/agent.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Outcome } from '../event/delivery.ts';
import type { Log } from '../log.ts';
import { originOfChunk } from './chunk_origin.ts';
import { closeGently } from './close_gently.ts';
import { farewellTo } from './forward_farewell.ts';
import type { ForwardGate } from './forward_gate.ts';
import { InFlight } from './in_flight.ts';
import type { Refusals } from './refusals.ts';
import { SocketReader } from './socket_reader.ts';
import { type FaultKind, faultKindOf } from './tls_fault.ts';

/** What holds for all connections of one listener. */
export interface ForwardSettings {
  /** Rules of collecting; JSON has no other way to give fractions of a second, so its float times are taken. */
  readonly rules: (
    address: string,
    speaksJson: boolean,
    identity: string | undefined,
  ) => Promise<CollectRules>;
  /** Longer frames are skipped, without an answer. */
  readonly frameLimitBytes: number | undefined;
  readonly frameWarnBytes: number | undefined;
  readonly decompressionLimitBytes: number;
  /** A chunk that comes with an id and no origin is told by the id when it comes again. */
  readonly skipsRepeated: boolean;
  /** Connections are closed after the first events. */
  readonly deniesKeepalive: boolean;
  readonly gate: ForwardGate | undefined;
  readonly handshakeTimeoutMs: number;
  readonly refusals: Refusals;
  /** How long a stopping connection waits for what it has handed on. */
  readonly stopGraceMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: (batch: EventBatch) => Promise<void>;
  /** Is told of events of an agent that are stored, before they are acknowledged; it never throws. */
  readonly onStored: (stamp: Stamp, count: number, address: string) => void;
}

const nothing = Buffer.alloc(0);
/** No frame is longer, whatever the settings: Fluentd's largest chunks take half of it. */
const longestFrameBytes = 512 * 1024 * 1024;
/** Before its PING, a client is given no more memory. */
const longestPingBytes = 64 * 1024;
/** A connection whose events are not settled is not read while they take more than this. */
const inFlightBytes = 32 * 1024 * 1024;

/** Cuts the bytes of a connection into frames. */
interface Frames {
  push(chunk: Uint8Array): void;
  next(): Buffer | undefined;
  readonly isBetweenValues: boolean;
}

/**
 * Serves one client of the forward protocol: reads frames, hands their events on, and acknowledges a chunk when
 * its events are settled. A frame that cannot be read ends the connection, after the frames before it were
 * handed on and acknowledged. `identity` is who the client is by its certificate. Resolves when nothing more will come of the connection; never rejects.
 */
export async function serveForward(
  socket: Socket,
  settings: ForwardSettings,
  signal: AbortSignal,
  identity?: string,
): Promise<void> {
  const connection = new ForwardConnection(socket, settings, identity);
  const { clock, stopGraceMs } = settings;
  let timer: Timer | undefined;
  let onAbort = (): void => {};
  const graceOver = new Promise<void>((resolve) => {
    onAbort = () => {
      connection.stop();
      timer = clock.after(stopGraceMs, resolve);
    };
  });
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const hasServed = await Promise.race([connection.serve().then(() => true), graceOver]);
  signal.removeEventListener('abort', onAbort);
  timer?.cancel();
  if (hasServed !== true) socket.destroy();
}

class ForwardConnection {
  private readonly socket: Socket;
  private readonly settings: ForwardSettings;
  private readonly reader: SocketReader;
  private readonly inFlight = new InFlight(inFlightBytes);
  private readonly address: string;
  private readonly identity: string | undefined;
  private readonly log: Log;
  private frames: Frames | undefined;
  private collector: ForwardCollector | undefined;
  private speaksJson = false;
  private isStopping = false;
  private isAbandoned = false;
  private hasWarned = false;

  constructor(socket: Socket, settings: ForwardSettings, identity: string | undefined) {
    this.socket = socket;
    this.settings = settings;
    this.reader = new SocketReader(socket);
    this.address = socket.remoteAddress?.replace(/^::ffff:(?=[\d.]+$)/, '') ?? '';
    this.identity = identity;
    this.log = settings.log.child({
      client: this.address,
      ...(identity !== undefined && { identity }),
    });
  }

  /** Reads no more, hands on what was read, and lets `serve` come to its end. */
  stop(): void {
    this.isStopping = true;
    this.reader.stop();
  }

  /** Stops, and leaves what was read and not handed on to the client. */
  private abandon(): void {
    this.isAbandoned = true;
    this.stop();
  }

  async serve(): Promise<void> {
    try {
      if (await this.admit()) await this.readAll();
      const { error } = this.reader;
      if (error !== undefined) this.log.info(`a forward connection broke: ${error.message}`);
      else if (!this.isStopping && this.frames?.isBetweenValues === false) {
        this.log.warn('a client closed its connection in the middle of a frame, which is dropped');
      }
    } catch (error) {
      const { message } = toError(error);
      this.log.warn(`closing a forward connection: ${message}`, { error });
    }
    await this.inFlight.idle();
    closeGently(this.socket, this.settings.clock);
  }

  /** The handshake, if there is a gate; whether the client may send. */
  private async admit(): Promise<boolean> {
    const { gate, deniesKeepalive, clock, handshakeTimeoutMs } = this.settings;
    if (gate === undefined) return true;
    const { helo, bytes } = gate.greet(!deniesKeepalive);
    this.socket.write(bytes);
    const timer = clock.after(handshakeTimeoutMs, () => {
      this.refuse('handshake_timeout', `it sent no PING within ${handshakeTimeoutMs} ms`);
      this.abandon();
    });
    try {
      const frame = await this.firstFrame();
      if (frame === undefined || this.isFarewell(frame)) return false;
      const verdict = gate.judge(frame, helo, this.address);
      this.socket.write(verdict.reply);
      if (verdict.fault !== undefined) this.refuse(verdict.fault.kind, verdict.fault.words);
      return verdict.isAccepted;
    } finally {
      timer.cancel();
    }
  }

  private async firstFrame(): Promise<Buffer | undefined> {
    const frames = await this.begin(undefined);
    this.frames = frames;
    for (let length = 0; length <= longestPingBytes; ) {
      const chunks = await this.reader.next();
      if (chunks === undefined) return undefined;
      for (const chunk of chunks) {
        frames.push(chunk);
        length += chunk.length;
      }
      const frame = frames.next();
      if (frame !== undefined) return frame;
    }
    this.refuse('malformed_ping', `its PING is longer than ${longestPingBytes} bytes`);
    return undefined;
  }

  private async readAll(): Promise<void> {
    // What came behind the PING in the same read.
    if (this.frames !== undefined) await this.take([nothing]);
    while (!this.isAbandoned) {
      const chunks = await this.reader.next();
      if (chunks === undefined) return;
      if (this.frames === undefined && beginsTls(chunks[0])) {
        const words = 'it speaks TLS, which this server does not';
        this.refuse('unexpected_tls', words);
        // Which TLS takes for what it is: no TLS.
        this.socket.write(farewellTo({ kind: 'unexpected_tls', words }));
        return;
      }
      await this.take(chunks);
      await this.inFlight.room();
      if (this.socket.writableNeedDrain) await drained(this.socket);
    }
  }

  /** Hands on the events in some bytes of the connection. @throws MR_CODEC after handing on what is before the fault */
  private async take(chunks: readonly Buffer[]): Promise<void> {
    const frames = (this.frames ??= await this.begin(chunks[0]?.[0]));
    let fault: unknown;
    let hasEvents = false;
    try {
      for (const chunk of chunks) {
        frames.push(chunk);
        for (let bytes = frames.next(); bytes !== undefined; bytes = frames.next()) {
          const frame = this.decode(bytes);
          if (frame === undefined) continue;
          hasEvents = true;
          const plain = isCompressed(frame) ? await this.decompress(frame) : frame;
          this.collector?.add(this.identified(plain));
        }
      }
    } catch (thrown) {
      fault = thrown;
    }
    await this.flush();
    if (fault !== undefined) throw fault;
    if (hasEvents && this.settings.deniesKeepalive) this.abandon();
  }

  /** The first byte tells which serialization the client speaks for good. */
  private async begin(byte: number | undefined): Promise<Frames> {
    this.speaksJson = beginsJson(byte);
    this.collector = new ForwardCollector(
      await this.settings.rules(this.address, this.speaksJson, this.identity),
    );
    const limitBytes = this.settings.frameLimitBytes ?? longestFrameBytes;
    return this.speaksJson ? new JsonFrameSplitter(limitBytes) : this.msgpackFrames();
  }

  private msgpackFrames(): MsgpackSplitter {
    const { frameLimitBytes } = this.settings;
    if (frameLimitBytes === undefined) return new MsgpackSplitter(longestFrameBytes);
    return new MsgpackSplitter(frameLimitBytes, (sizeBytes) => {
      this.log.warn('a frame longer than `chunk_size_limit` was dropped', {
        sizeBytes,
        limitBytes: frameLimitBytes,
      });
    });
  }

  /** The frame in some bytes; undefined for a heartbeat, and for what is no frame. */
  private decode(bytes: Buffer): ForwardFrame | undefined {
    const { frameWarnBytes } = this.settings;
    if (frameWarnBytes !== undefined && bytes.length > frameWarnBytes) {
      this.log.warn('a frame is longer than `chunk_size_warn_limit`', { sizeBytes: bytes.length });
    }
    if (this.isFarewell(bytes)) return undefined;
    try {
      return decodeFrame(bytes);
    } catch (error) {
      if (!(error instanceof MillraceError && error.code === 'MR_PROTOCOL')) throw error;
      this.warnOnce(`a client sent what is no frame of the forward protocol: ${error.message}`);
      return undefined;
    }
  }

  /** Whether the client says why it leaves; then that is noted. */
  private isFarewell(frame: Buffer): boolean {
    const farewell = this.speaksJson ? undefined : decodeFarewell(frame);
    if (farewell === undefined) return false;
    const kind = faultKindOf(farewell.kind);
    this.settings.refusals.byClient(this.address, { kind, words: farewell.reason });
    return true;
  }

  private refuse(kind: FaultKind, words: string): void {
    this.settings.refusals.byUs(this.address, { kind, words });
  }

  private identified(frame: ForwardFrame): ForwardFrame {
    const { options } = frame;
    if (!this.settings.skipsRepeated || options.origin !== undefined) return frame;
    return { ...frame, options: { ...options, origin: originOfChunk(frame) } };
  }

  private async decompress(frame: ForwardFrame): Promise<ForwardFrame> {
    const body = await gunzip(frame.body, this.settings.decompressionLimitBytes);
    return { ...frame, body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) };
  }

  private async flush(): Promise<void> {
    const { collector } = this;
    if (collector === undefined) return;
    const invalid = collector.takeInvalidCount();
    if (invalid > 0) this.log.warn('invalid events were skipped', { count: invalid });
    const batches = collector.takeBatches();
    for (const stamp of collector.takeEmptyStamps()) this.settings.onStored(stamp, 0, this.address);
    this.acknowledge(collector.takeEmptyChunks());
    for (const batch of batches) await this.emit(batch);
  }

  private async emit(collected: CollectedBatch): Promise<void> {
    const { tag, packed, count, origin } = collected;
    const batch = packedBatch(tag, packed, count, { origin });
    const { length } = packed;
    this.inFlight.add(length);
    batch.delivery.onSettled((outcome) => {
      this.settle(outcome, collected);
      this.inFlight.remove(length);
    });
    await this.settings.emit(batch);
  }

  /** Without an ack the client keeps its chunk; the end of the connection tells it to send again. */
  private settle(outcome: Outcome, { count, chunks, stamp }: CollectedBatch): void {
    if (outcome.ok) {
      if (stamp !== undefined) this.settings.onStored(stamp, count, this.address);
      this.acknowledge(chunks);
      return;
    }
    const lost = chunks.length === 0 ? '; their sender asked for no acknowledgement' : '';
    this.log.warn(`events were not stored: ${outcome.cause.message}${lost}`, { count });
    this.abandon();
  }

  private acknowledge(chunks: readonly Uint8Array[]): void {
    if (chunks.length === 0 || !this.socket.writable) return;
    const encode = this.speaksJson ? encodeJsonAck : encodeAck;
    this.socket.write(Buffer.concat(chunks.map((chunk) => encode(chunk))));
  }

  private warnOnce(message: string): void {
    if (this.hasWarned) this.log.debug(message);
    else this.log.warn(message);
    this.hasWarned = true;
  }
}

/** Whether a connection begins with a handshake of TLS: record type 22, version 3. As MessagePack that is no frame. */
function beginsTls(chunk: Buffer | undefined): boolean {
  return chunk?.[0] === 22 && chunk[1] === 3;
}

/** Resolves when what was written has gone out, or never will. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}

function isCompressed(frame: ForwardFrame): boolean {
  const { compressed } = frame.options;
  return frame.mode === 'packed' && compressed !== undefined && compressed !== 'text';
}
