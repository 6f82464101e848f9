import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import type { OutputBuffer } from '../../../lib/buffer/output_buffer.ts';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import { Delivery } from '../../../lib/event/delivery.ts';
import type { Entry } from '../../../lib/event/entry.ts';
import type { Chunk } from '../../../lib/plugin/contract.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { CrashingDisk } from './crashing_files.ts';
import { systemError } from './faulty_files.ts';
import { entry, openRig, planOf, Recorder } from './rig.ts';

type FaultyCall = 'sync' | 'syncFolder' | 'write' | 'open' | 'remove' | 'rename';

type Deed =
  | { readonly does: 'append'; readonly count: number; readonly tag: string }
  | { readonly does: 'turn' | 'pass'; readonly amount: number }
  | { readonly does: 'again'; readonly which: number }
  | { readonly does: 'seal' | 'fail' | 'heal' | 'settle' | 'close' }
  | { readonly does: 'fault'; readonly call: FaultyCall }
  | { readonly does: 'crash'; readonly after: number; readonly isPowerCut: boolean };

const amount = fc.integer({ min: 1, max: 5 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 4 }),
      tag: fc.constantFrom('a', 'b'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('turn', 'pass'), amount }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('again' as const), which: fc.nat() }) },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constantFrom('seal', 'fail', 'heal', 'settle', 'close') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('fault' as const),
      call: fc.constantFrom('sync', 'syncFolder', 'write', 'open', 'remove', 'rename'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('crash' as const),
      after: fc.integer({ min: 0, max: 30 }),
      isPowerCut: fc.boolean(),
    }),
  },
);

/** What the source offers: events numbered from `begin` up to, not including, `end`. */
interface Offer {
  readonly tag: string;
  readonly begin: number;
  readonly end: number;
  isAcked: boolean;
  isOpen: boolean;
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

/** A source that offers again what is not acknowledged, a buffer that crashes, and a receiver that knows chunks by their ids. */
class Scene {
  readonly #context: TestContext;
  readonly #disk = new CrashingDisk();
  readonly #luck: () => boolean;
  readonly #received = new Map<string, readonly number[]>();
  readonly #lowest = new Map<string, number>();
  readonly #offers: Offer[] = [];
  #clock = new TestClock();
  #buffer: OutputBuffer | undefined;
  #life = 0;
  #low = 0;
  #isDown = false;
  #fault: FaultyCall | undefined;
  #crash: { after: number; readonly isPowerCut: boolean } | undefined;

  constructor(context: TestContext, luck: () => boolean) {
    this.#context = context;
    this.#luck = luck;
    this.#disk.onCall = ({ name }) => {
      if (this.#crash !== undefined && this.#crash.after-- <= 0) return this.#die(this.#crash);
      if (name !== this.#fault) return;
      this.#fault = undefined;
      throw systemError(name === 'write' ? 'ENOSPC' : 'EIO');
    };
  }

  async play(next: Deed): Promise<void> {
    if (this.#buffer === undefined && !(await this.#open())) return;
    switch (next.does) {
      case 'append':
        return this.#append(next.tag, next.count);
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
      case 'heal':
        this.#isDown = next.does === 'fail';
        return;
      case 'fault':
        this.#fault = next.call;
        return;
      case 'close':
        return this.#close();
      case 'crash':
        this.#crash = { ...next };
        if (next.after === 0) this.#die(this.#crash);
    }
  }

  /** Lets everything come to rest without any more trouble. */
  async finish(): Promise<void> {
    this.#crash = undefined;
    this.#fault = undefined;
    this.#isDown = false;
    for (let round = 0; round < 50; round += 1) {
      if (this.#buffer === undefined) await this.#open();
      for (const offer of this.#offers) if (!offer.isAcked && !offer.isOpen) this.#offer(offer);
      await this.#pass(70_000);
      const { stagedChunks = 0, queuedChunks = 0 } = this.#buffer?.stats() ?? {};
      if (stagedChunks + queuedChunks === 0 && this.#offers.every(({ isAcked }) => isAcked)) return;
    }
    assert.fail(`not everything was delivered: ${JSON.stringify(this.#buffer?.stats())}`);
  }

  check(): void {
    const all = [...this.#received.values()].flat().sort((one, other) => one - other);
    const end = this.#offers.at(-1)?.end ?? 0;
    assert.deepEqual(
      all,
      Array.from({ length: end }, (_, n) => n),
    );
  }

  #append(tag: string, count: number): void {
    const begin = this.#offers.at(-1)?.end ?? 0;
    const offer = { tag, begin, end: begin + count, isAcked: false, isOpen: false };
    this.#offers.push(offer);
    this.#offer(offer);
  }

  #offer(offer: Offer): void {
    const life = this.#life;
    const { tag, begin, end } = offer;
    const entries: Entry[] = [];
    for (let n = begin; n < end; n += 1) entries.push(entry(n, { key: n % 2 }));
    const delivery = new Delivery();
    const origin = { source: 'log', epoch: 7, begin, end, low: this.#low };
    offer.isOpen = true;
    delivery.onSettled(({ ok }) => {
      if (life !== this.#life) return;
      offer.isOpen = false;
      offer.isAcked ||= ok;
    });
    this.#buffer?.append(entriesBatch(tag, entries, { delivery, origin }));
  }

  async #open(): Promise<boolean> {
    this.#life += 1;
    const life = this.#life;
    for (const offer of this.#offers) offer.isOpen = false;
    // A process that ended left its lock; this one has the same number.
    this.#disk.delete('/buffer/lock');
    this.#clock = new TestClock({ sec: 1_700_000_000 + life, nsec: 0 });
    const plan = planOf(
      { path: '/buffer', retryForever: true, chunkLimitRecords: 6, flushThreadCount: 2 },
      ['tag', 'key'],
    );
    let open = true;
    const opening = openRig(this.#context, plan, {
      files: this.#disk.process(),
      clock: this.#clock,
      random: () => 0.5,
      deadLetterFolder: '/buffer/dead_letter',
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
    const { id, origin } = chunk;
    const known = this.#received.get(id);
    if (known !== undefined) return assert.deepEqual(numbers, known);
    assert(origin !== undefined);
    const key = `${origin.source} ${origin.epoch}`;
    const lowest = this.#lowest.get(key) ?? 0;
    assert(origin.end > lowest, 'a chunk comes that was said never to come');
    this.#lowest.set(key, Math.max(lowest, origin.low));
    this.#received.set(id, numbers);
  }

  #die({ isPowerCut }: { readonly isPowerCut: boolean }): void {
    this.#crash = undefined;
    this.#life += 1;
    this.#buffer = undefined;
    if (isPowerCut) this.#disk.cutPower(this.#luck);
    else this.#disk.kill();
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

/** As good as chance, and the same each time. */
function luckOf(seed: number): () => boolean {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >= 0x8000_0000;
  };
}

async function play(context: TestContext, deeds: readonly Deed[], seed: number): Promise<void> {
  const scene = new Scene(context, luckOf(seed));
  for (const each of deeds) await scene.play(each);
  await scene.finish();
  scene.check();
}

test('whatever is acknowledged is delivered, each event once, however process, disk and machine fail', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 60 }), fc.nat(), (deeds, seed) =>
      play(t, deeds, seed),
    ),
    { numRuns: 100, seed: 1 },
  );
});

test('a chunk that may have been delivered takes no more events after a power cut', async (t) => {
  const append = { does: 'append', count: 2, tag: 'a' } as const;
  for (let after = 15; after < 25; after += 1) {
    const crash = { does: 'crash', after, isPowerCut: true } as const;
    for (let seed = 0; seed < 8; seed += 1) {
      await play(t, [crash, append, { does: 'pass', amount: 3 }, append], seed);
    }
  }
});
