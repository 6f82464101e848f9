import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { OutputBuffer } from '../../../lib/buffer/output_buffer.ts';
import type { FileSystem } from '../../../lib/buffer/store/file_system.ts';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import { Unrecoverable } from '../../../lib/error.ts';
import { type AckLevel, Delivery } from '../../../lib/event/delivery.ts';
import type { Entry } from '../../../lib/event/entry.ts';
import type { Chunk } from '../../../lib/plugin/contract.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { chanceOf } from './chance.ts';
import { CrashingDisk } from './crashing_files.ts';
import type { Luck } from './crashing_inode.ts';
import { type FileCall, systemError } from './faulty_files.ts';
import { entry, openRig, planOf, Recorder } from './rig.ts';

/** Something that happens to a buffer, its source, its receiver, its disk or its machine. */
export type Deed =
  | {
      readonly does: 'append';
      readonly count: number;
      readonly tag: string;
      readonly level?: AckLevel;
      /** So many bytes more in each event. */
      readonly padding?: number;
    }
  /** Some turns of the event loop; some time. */
  | { readonly does: 'turn' | 'pass'; readonly amount: number }
  /** Something that was offered is offered again. */
  | { readonly does: 'again'; readonly which: number }
  /** `fail` and `refuse`: from now on the receiver is down, or refuses for good what is tagged `b`; `heal` ends both. */
  | { readonly does: 'seal' | 'fail' | 'refuse' | 'heal' | 'settle' | 'close' }
  /** The disk refuses some calls, the first `after` ones not. */
  | {
      readonly does: 'fault';
      readonly call: keyof FileSystem;
      readonly code: string;
      readonly after: number;
      readonly times: number;
    }
  /** Some of what is not safe reaches the disk, after so many calls. */
  | { readonly does: 'writeBack'; readonly after: number }
  /** The process or the machine stops, after so many calls. */
  | { readonly does: 'crash'; readonly after: number; readonly isPowerCut: boolean };

/** How a disk behaves. */
export interface Nature {
  readonly sectorBytes: number;
  readonly seed: number;
  /** How likely it is that what is not safe reaches the disk. */
  readonly likelihood: number;
  /** How many turns of the event loop a sync takes at most; none unless given. */
  readonly slowness?: number;
}

/** What the source offers: events numbered from `begin` up to, not including, `end`. */
interface Offer {
  readonly tag: string;
  readonly level: AckLevel;
  readonly padding: string;
  readonly begin: number;
  readonly end: number;
  isAcked: boolean;
  isOpen: boolean;
}

/** Calls that the disk refuses; `call` undefined: any. */
interface Fault {
  readonly call: string | undefined;
  readonly codeOf: (call: FileCall) => string;
  after: number;
  times: number;
}

class Receiver extends Recorder {
  readonly #receive: (chunk: Chunk) => Promise<void>;

  constructor(receive: (chunk: Chunk) => Promise<void>) {
    super();
    this.#receive = receive;
  }

  override write(chunk: Chunk): Promise<void> {
    return this.#receive(chunk);
  }
}

const deadLetters = '/buffer/dead_letter/';

/** A source that offers again what is not acknowledged, a buffer that crashes, and a receiver that knows chunks by their ids. */
export class Scene {
  /** Calls of the file system so far. */
  calls = 0;
  /** What a power cut lets reach the disk; unless set, what the disk's nature says. */
  luckAtCut: Luck | undefined;
  readonly disk: CrashingDisk;
  readonly #context: TestContext;
  readonly #luck: Luck;
  readonly #received = new Map<string, readonly number[]>();
  readonly #lowest = new Map<string, number>();
  readonly #offers: Offer[] = [];
  readonly #appended: number[] = [];
  #clock = new TestClock();
  #buffer: OutputBuffer | undefined;
  #life = 0;
  #low = 0;
  #isDown = false;
  #isRefusing = false;
  #hasSyncFailed = false;
  #mayRepeat = false;
  readonly #ackedTooEarly: number[] = [];
  /** Calls that failed, and whether they were made while the store was being opened. */
  readonly failed: (FileCall & { readonly isOpening: boolean })[] = [];
  #fault: Fault | undefined;
  #crash: { after: number; readonly isPowerCut: boolean } | undefined;
  #writeBack: { after: number } | undefined;

  constructor(context: TestContext, nature: Nature) {
    const { sectorBytes, seed, likelihood, slowness = 0 } = nature;
    const chance = chanceOf(seed);
    this.#context = context;
    this.#luck = () => chance() < likelihood;
    this.disk = new CrashingDisk(sectorBytes, this.#luck);
    this.disk.tearAt = (length) => {
      const sectors = Math.ceil(length / sectorBytes);
      return Math.min(length, Math.floor(chance() * (sectors + 1)) * sectorBytes);
    };
    this.disk.syncTurns = () => Math.floor(chance() * (slowness + 1));
    this.disk.onCall = (call) => this.#onCall(call);
  }

  /** Plays one deed, in a life that is begun if need be. */
  async play(next: Deed): Promise<void> {
    if (this.#buffer === undefined && !(await this.#open())) return;
    switch (next.does) {
      case 'append':
        return this.#append(next);
      case 'again': {
        const known = this.#offers.filter(({ begin, isOpen }) => begin >= this.#low && !isOpen);
        const offer = known[next.which % Math.max(1, known.length)];
        if (offer !== undefined) this.#offer(offer);
        return;
      }
      case 'turn':
        return this.#turn(next.amount);
      case 'pass':
        return this.#pass(next.amount * 20_000);
      case 'seal':
        return void this.#buffer?.flush();
      case 'settle':
        this.#low = this.#firstOpen();
        return;
      case 'fail':
      case 'refuse':
      case 'heal':
        this.#isDown = next.does === 'fail';
        this.#isRefusing = next.does === 'refuse';
        return;
      case 'fault':
        this.#fault = { ...next, codeOf: () => next.code };
        return;
      case 'writeBack':
        this.#writeBack = { ...next };
        if (next.after === 0) this.disk.writeBack(this.#luck);
        return;
      case 'close':
        return this.#close();
      case 'crash':
        this.#crash = { ...next };
        if (next.after === 0) this.#die(this.#crash);
    }
  }

  /** The process or the machine stops after so many calls. */
  crashAfter(after: number, isPowerCut: boolean): void {
    this.#crash = { after, isPowerCut };
  }

  /** From then on so many calls fail, each with the code that `codeOf` gives for it. */
  failAfter(after: number, times: number, codeOf: (call: FileCall) => string): void {
    this.#fault = { call: undefined, codeOf, after, times };
  }

  /** Whether no process runs: it crashed, or none was begun. */
  get hasCrashed(): boolean {
    return this.#buffer === undefined;
  }

  /** From now on nothing more goes wrong that was still to. */
  calm(): void {
    this.#crash = undefined;
    this.#fault = undefined;
    this.#writeBack = undefined;
    this.#isDown = false;
    this.#isRefusing = false;
  }

  /** Lets everything come to rest without any more trouble. */
  async finish(): Promise<void> {
    this.calm();
    await this.#rest();
    // A chunk that could not be read when the store was opened is taken up at the next start.
    this.#die({ isPowerCut: false });
    await this.#rest();
  }

  async #rest(): Promise<void> {
    for (let round = 0; round < 50; round += 1) {
      if (this.#buffer === undefined) await this.#open();
      for (const offer of this.#offers) if (!offer.isAcked && !offer.isOpen) this.#offer(offer);
      await this.#pass(70_000);
      const { stagedChunks = 0, queuedChunks = 0 } = this.#buffer?.stats() ?? {};
      if (stagedChunks + queuedChunks === 0 && this.#offers.every(({ isAcked }) => isAcked)) return;
    }
    assert.fail(`not everything was delivered: ${JSON.stringify(this.#buffer?.stats())}`);
  }

  /** Everything that was offered came, delivered or as a dead letter, each event once, and nothing else. */
  check(): void {
    assert.deepEqual(this.#ackedTooEarly, [], 'acked as delivered before they were');
    const chunks = this.#arrived();
    const all = [...chunks.values()].flat().sort((one, other) => one - other);
    const end = this.#offers.at(-1)?.end ?? 0;
    const offered = Array.from({ length: end }, (_, n) => n);
    assert.deepEqual(this.#mayRepeat ? [...new Set(all)] : all, offered);
    // What a failed sync took out of a chunk may come after what was offered later.
    if (this.#hasSyncFailed) return;
    for (const numbers of chunks.values()) {
      assert(isSubsequence(numbers, this.#appended), `out of order: ${numbers}`);
    }
  }

  /** Who must be told what is told: of each batch that was acknowledged once delivered, every event is. */
  #checkDelivered({ begin, end }: Offer): void {
    const all = new Set([...this.#arrived().values()].flat());
    for (let n = begin; n < end; n += 1) if (!all.has(n)) this.#ackedTooEarly.push(n);
  }

  /** What was delivered or became a dead letter, by chunk. */
  #arrived(): Map<string, readonly number[]> {
    const chunks = new Map(this.#received);
    for (const path of this.disk.paths) {
      if (!path.startsWith(deadLetters) || !path.endsWith('.reason.json')) continue;
      const letter = path.replace('.reason.json', '.jsonl');
      const lines = this.disk.contentOf(letter).toString().trimEnd().split('\n');
      const numbers = lines.map((line) => Number(JSON.parse(line).record.n));
      const id = letter.slice(deadLetters.length, -'.jsonl'.length);
      const known = chunks.get(id);
      if (known !== undefined) assert.deepEqual(numbers, known, 'delivered and dead');
      chunks.set(id, numbers);
    }
    return chunks;
  }

  #onCall({ name, path }: FileCall): void {
    this.calls += 1;
    if (this.#writeBack !== undefined && this.#writeBack.after-- <= 0) {
      this.#writeBack = undefined;
      this.disk.writeBack(this.#luck);
    }
    if (this.#crash !== undefined && this.#crash.after-- <= 0) {
      this.#die(this.#crash);
      return;
    }
    const fault = this.#fault;
    if (fault === undefined || (fault.call ?? name) !== name || fault.after-- > 0) return;
    fault.times -= 1;
    if (fault.times <= 0) this.#fault = undefined;
    const isOpening = this.#buffer === undefined;
    this.failed.push({ name, path, isOpening });
    if (name === 'sync' || name === 'syncFolder') this.#hasSyncFailed = true;
    // A chunk that cannot be read at the start comes later, and nobody knows what is in it until then.
    if (isOpening && (path.endsWith('ed') || path.endsWith('origins'))) this.#mayRepeat = true;
    const code = fault.codeOf({ name, path });
    // On a full disk a chunk is purged without a snapshot, to make room for one.
    if (code === 'ENOSPC' && path.includes('origins')) this.#mayRepeat = true;
    throw systemError(code);
  }

  #append({ count, level, padding, tag }: Deed & { readonly does: 'append' }): void {
    const begin = this.#offers.at(-1)?.end ?? 0;
    const offer = {
      tag,
      level: level ?? 'stored',
      padding: 'x'.repeat(padding ?? 0),
      begin,
      end: begin + count,
      isAcked: false,
      isOpen: false,
    };
    this.#offers.push(offer);
    this.#offer(offer);
  }

  #offer(offer: Offer): void {
    const life = this.#life;
    const { begin, end, level, padding, tag } = offer;
    const entries: Entry[] = [];
    for (let n = begin; n < end; n += 1) {
      entries.push(entry(n, { key: n % 2, padding }));
      this.#appended.push(n);
    }
    const delivery = new Delivery(level);
    const origin = { source: 'log', epoch: 7, begin, end, low: this.#low };
    offer.isOpen = true;
    delivery.onSettled(({ ok }) => {
      if (life !== this.#life) return;
      offer.isOpen = false;
      offer.isAcked ||= ok;
      if (ok && level === 'delivered') this.#checkDelivered(offer);
    });
    this.#buffer?.append(entriesBatch(tag, entries, { delivery, origin }));
  }

  async #open(): Promise<boolean> {
    this.#life += 1;
    const life = this.#life;
    for (const offer of this.#offers) offer.isOpen = false;
    // A process that ended left its lock; this one has the same number.
    this.disk.delete('/buffer/lock');
    this.#clock = new TestClock({ sec: 1_700_000_000 + life, nsec: 0 });
    const plan = planOf(
      { path: '/buffer', retryForever: true, chunkLimitRecords: 6, flushThreadCount: 2 },
      ['tag', 'key'],
    );
    let open = true;
    const opening = openRig(this.#context, plan, {
      files: this.disk.process(),
      clock: this.#clock,
      random: () => 0.5,
      deadLetterFolder: deadLetters.slice(0, -1),
      output: new Receiver((chunk) => this.#receive(chunk, life)),
    })
      .then(
        ({ buffer }) => {
          if (life !== this.#life) return;
          this.#buffer = buffer;
          buffer.start();
        },
        () => {},
      )
      .finally(() => {
        open = false;
      });
    while (open && life === this.#life) await this.#turn(1);
    if (life === this.#life) await opening;
    return this.#buffer !== undefined;
  }

  async #receive(chunk: Chunk, life: number): Promise<void> {
    const numbers: number[] = [];
    for await (const entries of chunk.entries()) {
      for (const { record } of entries) numbers.push(Number(record['n']));
    }
    if (life !== this.#life || this.#isDown) throw new Error('down');
    if (this.#isRefusing && chunk.tag === 'b') throw new Unrecoverable('never');
    const { id, origin } = chunk;
    const known = this.#received.get(id);
    if (known !== undefined) return assert.deepEqual(numbers, known);
    assert(origin !== undefined);
    const key = `${origin.source} ${origin.epoch}`;
    const lowest = this.#lowest.get(key) ?? 0;
    if (origin.end <= lowest) {
      // It was said to be gone, and its receiver takes it for known: a power cut may bring it back.
      const all = new Set([...this.#arrived().values()].flat());
      assert(
        numbers.every((n) => all.has(n)),
        'a chunk was said never to come, and came nowhere',
      );
      return;
    }
    this.#lowest.set(key, Math.max(lowest, origin.low));
    this.#received.set(id, numbers);
  }

  #die({ isPowerCut }: { readonly isPowerCut: boolean }): void {
    this.#crash = undefined;
    this.#life += 1;
    this.#buffer = undefined;
    if (isPowerCut) this.disk.cutPower(this.luckAtCut ?? this.#luck);
    else this.disk.kill();
  }

  async #close(): Promise<void> {
    const life = this.#life;
    let isClosing = true;
    const done = (): void => {
      isClosing = false;
    };
    this.#buffer?.close().then(done, done);
    for (let round = 0; isClosing && life === this.#life && round < 50; round += 1) {
      await this.#pass(1000);
    }
    if (life === this.#life) this.#die({ isPowerCut: false });
  }

  async #pass(ms: number): Promise<void> {
    await this.#turn(3);
    this.#clock.advance(ms);
    await this.#turn(3);
  }

  async #turn(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
  }

  #firstOpen(): number {
    const first = this.#offers.find(({ isAcked }) => !isAcked);
    return first?.begin ?? this.#offers.at(-1)?.end ?? 0;
  }
}

function isSubsequence(part: readonly number[], whole: readonly number[]): boolean {
  let next = 0;
  for (const each of whole) if (each === part[next]) next += 1;
  return next === part.length;
}
