import type { Socket } from 'node:net';
import type { Timer } from '../clock.ts';
import { packedBatch } from '../codec/batch.ts';
import { encodeAck, type ForwardFrame } from '../codec/forward.ts';
import { type CollectedBatch, ForwardCollector } from '../codec/forward_collect.ts';
import { decodeFarewell } from '../codec/forward_farewell.ts';
import { beginsJson, encodeJsonAck } from '../codec/forward_json.ts';
import { toError } from '../error.ts';
import type { Outcome } from '../event/delivery.ts';
import type { Log } from '../log.ts';
import { originOfChunk } from './chunk_origin.ts';
import { closeGently } from './close_gently.ts';
import type { MemoryShare } from './connection_memory.ts';
import { farewellTo } from './forward_farewell.ts';
import { ForwardFrames, isCompressed, refusalOf } from './forward_frames.ts';
import { ForwardRefusal } from './forward_refusals.ts';
import type { ForwardSettings } from './forward_settings.ts';
import { Patience } from './patience.ts';
import { type Received, SocketReader } from './socket_reader.ts';
import { type FaultKind, faultKindOf } from './tls_fault.ts';

const nothing = Buffer.alloc(0);
/** Before its PING, a client is given no more memory. */
const longestPingBytes = 64 * 1024;
/** A connection whose events are not settled is not read while they take more than this. */
const inFlightBytes = 32 * 1024 * 1024;
/** What an entry takes at least once it is decoded. */
const leastEntryBytes = 128;
/** Frames of one read are handed on together, but no more than this. */
const collectedBytes = 4 * 1024 * 1024;
const readBytes = 256 * 1024;

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
  const { clock, roster, stopGraceMs } = settings;
  const seat = roster.add({ leave: () => connection.leave() });
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
  const hasServed = await Promise.race([
    connection.serve(() => seat.touch()).then(() => true),
    graceOver,
  ]);
  signal.removeEventListener('abort', onAbort);
  timer?.cancel();
  seat.free();
  if (hasServed !== true) socket.destroy();
}

class ForwardConnection {
  private readonly socket: Socket;
  private readonly settings: ForwardSettings;
  private readonly reader: SocketReader;
  private readonly memory: MemoryShare;
  private readonly patience: Patience;
  readonly address: string;
  readonly identity: string | undefined;
  private readonly log: Log;
  private frames: ForwardFrames | undefined;
  private collector: ForwardCollector | undefined;
  private speaksJson = false;
  private isStopping = false;
  private isAbandoned = false;
  /** Why the connection ends, when not by what it sent. */
  private fault: ForwardRefusal | undefined;

  constructor(socket: Socket, settings: ForwardSettings, identity: string | undefined) {
    const { memory, patience, clock, nameless } = settings;
    this.socket = socket;
    this.settings = settings;
    this.reader = new SocketReader(
      socket,
      () => (memory.isStrained ? 0 : readBytes),
      (chunk) => (memory.isStrained ? 0 : (this.frames?.absorb(chunk) ?? 0)),
    );
    this.memory = memory.share(inFlightBytes, () => {
      this.end(new ForwardRefusal('memory', 'unfinished frames take too much memory'));
    });
    this.patience = new Patience(patience, clock, (refusal) => this.end(refusal));
    this.address = socket.remoteAddress?.replace(/^::ffff:(?=[\d.]+$)/, '') ?? nameless;
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

  /** Ends, to make room for another connection; false when events of it are under way. */
  leave(): boolean {
    if (!this.memory.inFlight.isIdle) return false;
    this.end(new ForwardRefusal('idle', 'it was idle longest, and others want to come in'));
    return true;
  }

  /** `onRead` is called when something has come. */
  async serve(onRead: () => void): Promise<void> {
    const { frameRefusals, clock } = this.settings;
    try {
      if (await this.admit()) await this.readAll(onRead);
      if (this.fault !== undefined) throw this.fault;
      const { error } = this.reader;
      if (error !== undefined) this.log.info(`a forward connection broke: ${error.message}`);
      if (!this.isStopping && this.frames?.isBetweenFrames === false) {
        const message = 'a client closed its connection in the middle of a frame, which is dropped';
        frameRefusals.refused(this.address, 'cut_off', message);
      }
    } catch (thrown) {
      const error = refusalOf('malformed', thrown);
      const { message } = toError(error);
      const told = `closing a forward connection: ${message}`;
      if (error instanceof ForwardRefusal) {
        frameRefusals.refused(this.address, error.reason, told);
      } else this.log.warn(told, { error });
    }
    this.frames = undefined;
    this.memory.holdUnfinished(0);
    this.patience.end();
    await this.memory.inFlight.idle();
    closeGently(this.socket, clock);
  }

  /** Stops, and leaves what was read and not handed on to the client. */
  private abandon(): void {
    this.isAbandoned = true;
    this.stop();
  }

  private end(fault: ForwardRefusal): void {
    this.fault ??= fault;
    this.abandon();
    // A client that does not read what was written is not worth waiting for.
    if (this.socket.writableNeedDrain) this.socket.destroy();
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
      for (const { bytes, release } of chunks) {
        frames.push(bytes, release);
        length += bytes.length;
      }
      const frame = frames.cut();
      if (frame !== undefined) return frame;
    }
    this.refuse('malformed_ping', `its PING is longer than ${longestPingBytes} bytes`);
    return undefined;
  }

  private async readAll(onRead: () => void): Promise<void> {
    // What came behind the PING in the same read.
    if (this.frames !== undefined) await this.take([{ bytes: nothing }]);
    while (!this.isAbandoned) {
      const chunks = await this.next();
      if (chunks === undefined) return;
      onRead();
      if (this.frames === undefined && beginsTls(chunks[0]?.bytes)) {
        const words = 'it speaks TLS, which this server does not';
        this.refuse('unexpected_tls', words);
        // Which TLS takes for what it is: no TLS.
        this.socket.write(farewellTo({ kind: 'unexpected_tls', words }));
        return;
      }
      await this.take(chunks);
      await this.memory.inFlight.room();
      if (this.socket.writableNeedDrain) {
        await this.patience.forAcks(() => drained(this.socket));
      }
    }
  }

  /** What comes next, if it comes in time. */
  private async next(): Promise<readonly Received[] | undefined> {
    const { reader, patience, memory } = this;
    if (reader.isReady) return reader.next();
    if (this.frames?.isBetweenFrames === false) {
      return patience.forFrame(() => reader.next());
    }
    return patience.forAny(
      () => reader.next(),
      () => memory.inFlight.isIdle,
    );
  }

  /** Hands on the events in some bytes of the connection. @throws ForwardRefusal after handing on what is before the fault */
  private async take(chunks: readonly Received[]): Promise<void> {
    const frames = (this.frames ??= await this.begin(chunks[0]?.bytes[0]));
    let fault: unknown;
    let hasEvents = false;
    try {
      for (const { bytes: more, release } of chunks) {
        frames.push(more, release);
        for (let bytes = frames.cut(); bytes !== undefined; bytes = frames.cut()) {
          this.patience.renew();
          const taken = this.takeFrame(frames, bytes);
          if (taken === true || (taken !== false && (await taken))) hasEvents = true;
        }
      }
      this.memory.holdUnfinished(frames.heldBytes);
    } catch (thrown) {
      fault = refusalOf('malformed', thrown);
    }
    await this.flush();
    if (fault !== undefined) throw fault;
    if (hasEvents && this.settings.deniesKeepalive) this.abandon();
  }

  /** Whether it is a frame with events. */
  private takeFrame(frames: ForwardFrames, bytes: Buffer): boolean | Promise<boolean> {
    if (this.isFarewell(bytes)) return false;
    const frame = frames.decode(bytes);
    const { collector } = this;
    if (frame === undefined || collector === undefined) return false;
    if (isCompressed(frame)) return this.takeCompressed(frames, frame, collector);
    collector.add(this.identified(frame), frames.loan);
    return true;
  }

  private async takeCompressed(
    frames: ForwardFrames,
    frame: ForwardFrame,
    collector: ForwardCollector,
  ): Promise<boolean> {
    const { heldBytes } = frames;
    const whole = await frames.decompress(frame, (bytes) => {
      // The pieces, and then the whole of them.
      this.memory.holdUnfinished(heldBytes + collector.pendingBytes + bytes * 2);
      if (this.fault !== undefined) throw this.fault;
    });
    collector.add(this.identified(whole));
    // What a read holds is little, but not what comes of it.
    if (collector.pendingBytes > collectedBytes) {
      await this.flush();
      await this.memory.inFlight.room();
    }
    return true;
  }

  /** The first byte tells which serialization the client speaks for good. */
  private async begin(byte: number | undefined): Promise<ForwardFrames> {
    const { rules, limits, frameRefusals } = this.settings;
    this.speaksJson = beginsJson(byte);
    this.collector = new ForwardCollector(
      await rules(this.address, this.speaksJson, this.identity),
    );
    return new ForwardFrames(this.speaksJson, limits, frameRefusals, this.address);
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
    if (options.origin !== undefined) {
      const vetted = this.settings.vet(options, this);
      return vetted === options ? frame : { ...frame, options: vetted };
    }
    if (!this.settings.skipsRepeated) return frame;
    return { ...frame, options: { ...options, origin: originOfChunk(frame) } };
  }

  private async flush(): Promise<void> {
    const collector = this.collector;
    if (collector === undefined) return;
    const invalid = collector.takeInvalidCount();
    if (invalid > 0) this.settings.frameRefusals.skipped(this.address, invalid);
    const batches = collector.takeBatches();
    for (const stamp of collector.takeEmptyStamps())
      this.settings.onStored(stamp, 0, this.address, []);
    this.acknowledge(collector.takeEmptyChunks());
    for (const batch of batches) await this.emit(batch);
  }

  private async emit(collected: CollectedBatch): Promise<void> {
    const { tag, packed, count, origin, loan } = collected;
    const batch = packedBatch(tag, packed, count, { origin, loan });
    const sizeBytes = Math.max(packed.length, count * leastEntryBytes);
    const { inFlight } = this.memory;
    inFlight.add(sizeBytes);
    batch.delivery.onSettled((outcome) => {
      this.settle(outcome, collected);
      inFlight.remove(sizeBytes);
    });
    await this.settings.emit(batch);
  }

  /** Without an ack the client keeps its chunk; the end of the connection tells it to send again. */
  private settle(outcome: Outcome, { count, chunks, stamp, relayed }: CollectedBatch): void {
    if (outcome.ok) {
      if (stamp !== undefined) this.settings.onStored(stamp, count, this.address, relayed);
      this.acknowledge(chunks);
      return;
    }
    const lost = chunks.length === 0 ? '; their sender asked for no acknowledgement' : '';
    this.log.warn(`events were not stored: ${outcome.cause.message}${lost}`, { count });
    this.abandon();
  }

  private acknowledge(chunks: readonly Uint8Array[]): void {
    if (chunks.length === 0 || !this.socket.writable) return;
    this.gatherAcks();
    const encode = this.speaksJson ? encodeJsonAck : encodeAck;
    this.socket.write(Buffer.concat(chunks.map((chunk) => encode(chunk))));
  }

  /** Acknowledgements of what was stored together go out together. */
  private gatherAcks(): void {
    const { socket } = this;
    if (socket.writableCorked > 0) return;
    socket.cork();
    process.nextTick(() => socket.uncork());
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
