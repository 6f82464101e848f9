import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { decodeMulti, encode } from '@msgpack/msgpack';
import { lineOf } from './tally.ts';
import { until } from './waiting.ts';

/** What a sender does. */
export interface AckingSetup {
  readonly port: number;
  readonly tag: string;
  readonly linesASecond: number;
  /** It breaks its connection off now and then, acknowledgements or not. */
  readonly random: () => number;
}

interface Sent {
  readonly bytes: Uint8Array;
  readonly lines: number;
}

const linesAChunk = 50;
/** So many chunks are on their way at once. */
const windowChunks = 40;
const chunksABreak = 60;
const ackTimeoutMs = 5000;

/**
 * A client of a forward input like Fluentd's `out_forward`: it packs numbered lines into chunks, every other one
 * compressed, and sends what was not acknowledged again on the next connection, byte for byte, with the same id.
 */
export class AckingSender {
  readonly #setup: AckingSetup;
  /** By the id; in the order in which they were made. */
  readonly #open = new Map<string, Sent>();
  #socket: Socket | undefined;
  #lastAckMs = 0;
  #made = 0;
  #chunks = 0;
  #acknowledged = 0;
  #resent = 0;
  #isStopped = false;
  #isOver = false;
  #target = 0;

  constructor(setup: AckingSetup) {
    this.#setup = setup;
  }

  /** The number of the last line. */
  get made(): number {
    return this.#made;
  }

  /** How many lines were acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** How many chunks were sent again. */
  get resent(): number {
    return this.#resent;
  }

  /** Whether it waits for acknowledgements before it sends more. */
  get isWindowFull(): boolean {
    return this.#open.size >= windowChunks;
  }

  start(): void {
    void this.#makeOn();
    this.#dial();
  }

  /** Makes no more lines once there are `least`; resolves when all are acknowledged. */
  async stop(least: number, deadlineMs: number): Promise<void> {
    this.#target = least;
    this.#isStopped = true;
    try {
      const isDone = (): boolean => this.#made >= this.#target && this.#open.size === 0;
      await until('not every chunk was acknowledged', deadlineMs, isDone);
    } finally {
      this.#isOver = true;
      this.#socket?.destroy();
    }
  }

  async #makeOn(): Promise<void> {
    const { linesASecond } = this.#setup;
    let due = 0;
    let lastMs = performance.now();
    while (!this.#isOver && (!this.#isStopped || this.#made < this.#target)) {
      await wait(5);
      const nowMs = performance.now();
      due = Math.min(due + ((nowMs - lastMs) / 1000) * linesASecond, linesAChunk * windowChunks);
      lastMs = nowMs;
      for (; due >= linesAChunk && this.#open.size < windowChunks; due -= linesAChunk) this.#make();
      if (nowMs - this.#lastAckMs > ackTimeoutMs) this.#socket?.destroy();
    }
  }

  #make(): void {
    const entries = Array.from({ length: linesAChunk }, () => {
      this.#made += 1;
      return encode([1_700_000_000, JSON.parse(lineOf(this.#made))]);
    });
    this.#chunks += 1;
    const id = randomBytes(16).toString('base64');
    const isCompressed = this.#chunks % 2 === 0;
    const packed = Buffer.concat(entries);
    const options = {
      size: linesAChunk,
      chunk: id,
      ...(isCompressed ? { compressed: 'gzip' } : {}),
    };
    const bytes = encode([this.#setup.tag, isCompressed ? gzipSync(packed) : packed, options]);
    this.#open.set(id, { bytes, lines: linesAChunk });
    this.#socket?.write(bytes);
    if (this.#setup.random() < 1 / chunksABreak) this.#socket?.destroy();
  }

  #dial(): void {
    if (this.#isOver) return;
    const socket = connect(this.#setup.port, '127.0.0.1');
    let answers = Buffer.alloc(0);
    socket.on('connect', () => {
      this.#socket = socket;
      this.#lastAckMs = performance.now();
      for (const { bytes } of this.#open.values()) socket.write(bytes);
      this.#resent += this.#open.size;
    });
    socket.on('data', (bytes) => {
      answers = Buffer.concat([answers, bytes]);
      answers = answers.subarray(this.#settle(answers));
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      setTimeout(() => this.#dial(), 20);
    });
  }

  /** Takes whole answers; returns how many bytes they have. */
  #settle(answers: Buffer): number {
    // {"ack": 24 letters}
    const answerBytes = 1 + 4 + 1 + 24;
    const whole = answers.length - (answers.length % answerBytes);
    for (const answer of decodeMulti(answers.subarray(0, whole))) {
      const id = String(Object(answer)['ack']);
      this.#acknowledged += this.#open.get(id)?.lines ?? 0;
      this.#open.delete(id);
      this.#lastAckMs = performance.now();
    }
    return whole;
  }
}
