import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { PartialFailure, Unrecoverable } from '../../../lib/error.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { CrashingDisk } from './crashing_files.ts';
import { batchOf, openRig, planOf, Recorder, type Rig, type Written } from './rig.ts';

const bisecting = { flushMode: 'immediate', bisectRefused: true, retryRandomize: false } as const;

/** Refuses whatever holds one of these. */
function refusing(...poison: readonly number[]) {
  return ({ entries, text }: Written): void => {
    const lines = text.split('\n').filter((line) => line !== '');
    const numbers = [...entries.map(({ record }) => record['n']), ...lines.map(Number)];
    const found = poison.find((n) => numbers.includes(n));
    if (found !== undefined) throw new Unrecoverable(`${found} is poison`);
  };
}

async function settle({ buffer }: Rig): Promise<void> {
  while (buffer.stats().queuedChunks > 0) await new Promise(setImmediate);
}

/** The numbers and reasons of dead letters. */
function lettersOf(texts: readonly string[]): unknown[][] {
  const lines = texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
  return lines.map((line) => JSON.parse(line)).map(({ record, reason }) => [record.n, reason]);
}

function readLetters(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return names.map((name) => readFileSync(join(folder, name), 'utf8'));
}

test('of a chunk that is refused whole, only the entry to blame becomes a dead letter', async (t) => {
  const rig = await openRig(t, planOf(bisecting));
  rig.output.onWrite = refusing(5);
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 8));
  await settle(rig);
  assert.deepEqual(rig.output.numbers, [0, 1, 2, 3, 4, 6, 7]);
  assert.deepEqual(lettersOf(readLetters(rig.deadLetterFolder)), [[5, '5 is poison']]);
  assert.equal(new Set(rig.output.tried).size, rig.output.tried.length, 'each part has its id');
  const [receipt] = rig.receipts;
  assert.deepEqual([rig.receipts.length, receipt?.count], [1, 7]);
  assert.equal(rig.metric('delivered_events_total'), 7);
  assert.equal(rig.metric('dead_letter_events_total'), 1);
  const [name = ''] = readdirSync(rig.deadLetterFolder).filter((each) => each.endsWith('n.json'));
  const reason = JSON.parse(readFileSync(join(rig.deadLetterFolder, name), 'utf8'));
  assert.equal(reason.reason, '1 of 8 entries was refused: 5 is poison');
  assert.deepEqual([reason.outputId, reason.count, reason.attempts], ['out', 1, 4]);
  await rig.buffer.close();
});

test('an output that formats gets its parts formatted, and dead letters are entries', async (t) => {
  const output = Object.assign(new Recorder(), {
    format: ({ record }: { record: { readonly [name: string]: unknown } }) => `${record['n']}\n`,
  });
  const rig = await openRig(t, planOf(bisecting), { output });
  output.onWrite = refusing(2);
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 4));
  await settle(rig);
  assert.equal(output.written.map(({ text }) => text).join(''), '0\n1\n3\n');
  assert.deepEqual(lettersOf(readLetters(rig.deadLetterFolder)), [[2, '2 is poison']]);
  await rig.buffer.close();
});

test('an entry that the output cannot format stands alone at last', async (t) => {
  const output = Object.assign(new Recorder(), {
    format({ record }: { record: { readonly [name: string]: unknown } }) {
      if (record['n'] === 1) throw new Error('no number');
      return `${record['n']}\n`;
    },
  });
  const rig = await openRig(t, planOf(bisecting), { output });
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 4));
  await settle(rig);
  assert.equal(output.written.map(({ text }) => text).join(''), '0\n2\n3\n');
  assert.equal(rig.metric('dead_letter_events_total'), 1);
  await rig.buffer.close();
});

test('a chunk that is being divided takes turns with its neighbours, one worker or not', async (t) => {
  const rig = await openRig(t, planOf(bisecting));
  rig.output.onWrite = refusing(0);
  rig.buffer.start();
  rig.buffer.append(batchOf('bad', 0, 64));
  rig.buffer.append(batchOf('good', 64, 65));
  await rig.output.untilWritten(1);
  assert.deepEqual(rig.output.written[0]?.tag, 'good');
  assert.equal(rig.output.tried.length, 2);
  await settle(rig);
  await rig.buffer.close();
});

test('with a secondary it gets the entries to blame, all in one chunk', async (t) => {
  const secondary = new Recorder();
  const rig = await openRig(t, planOf(bisecting), { secondary });
  rig.output.onWrite = refusing(1, 6);
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 8));
  await settle(rig);
  assert.deepEqual(rig.output.numbers, [0, 2, 3, 4, 5, 7]);
  assert.deepEqual(secondary.numbers, [1, 6]);
  assert.equal(secondary.written.length, 1);
  assert.deepEqual(readdirSync(rig.deadLetterFolder), []);
  await rig.buffer.close();
});

test('what the secondary names of the rest dies, and nothing else', async (t) => {
  const secondary = new Recorder();
  const rig = await openRig(t, planOf(bisecting), { secondary });
  rig.output.onWrite = refusing(1, 6);
  secondary.onWrite = () => {
    throw new PartialFailure([{ index: 1, reason: 'not here either' }]);
  };
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 8));
  await settle(rig);
  assert.deepEqual(lettersOf(readLetters(rig.deadLetterFolder)), [[6, 'not here either']]);
  await rig.buffer.close();
});

test('what has nothing to do with the entries is not looked for in them', async (t) => {
  const rig = await openRig(t, planOf(bisecting));
  rig.output.onWrite = () => {
    throw new Unrecoverable('the path leads out of the folder', { refusesParts: true });
  };
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 8));
  await settle(rig);
  assert.equal(rig.output.tried.length, 1);
  assert.equal(rig.metric('dead_letter_events_total'), 8);
  await rig.buffer.close();
});

test('when retries are used up on the way, what is not delivered dies with it', async (t) => {
  const rig = await openRig(t, planOf({ ...bisecting, retryMaxTimes: 1, retryWait: '1s' }));
  const refuse = refusing(0);
  rig.output.onWrite = (seen) => {
    if (rig.output.written.length > 0) throw new Error('down');
    refuse(seen);
  };
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 8));
  await rig.clock.passUntil(settle(rig));
  assert.deepEqual(rig.output.numbers, [1]);
  const letters = lettersOf(readLetters(rig.deadLetterFolder));
  assert.deepEqual(letters[0], [0, '0 is poison']);
  assert.deepEqual(
    letters.map(([n]) => n),
    [0, 2, 3, 4, 5, 6, 7],
  );
  await rig.buffer.close();
});

test('a memory buffer that is closed on the way loses nothing, and buries nothing that was delivered', async (t) => {
  const rig = await openRig(t, planOf(bisecting));
  const refuse = refusing(0);
  rig.output.onWrite = (seen) => {
    if (rig.output.written.length > 0) throw new Error('down');
    refuse(seen);
  };
  rig.buffer.append(batchOf('a', 0, 8));
  rig.buffer.start();
  await rig.output.untilWritten(1);
  await rig.clock.passUntil(rig.buffer.close());
  assert.deepEqual(
    lettersOf(readLetters(rig.deadLetterFolder)).map(([n]) => n),
    [0, 2, 3, 4, 5, 6, 7],
  );
});

/** What becomes of a write that the receiver would take or refuse. */
type Fate = 'goes' | 'fails' | 'is received and fails' | 'kill' | 'is received, kill' | 'power cut';

/** After how many calls of the file system the process or the machine stops. */
interface Crash {
  readonly calls: number;
  readonly isPowerCut: boolean;
}

/** A receiver that knows chunks by their ids, behind a buffer that is killed now and then. */
class Scene {
  readonly #context: TestContext;
  readonly #poison: ReadonlySet<number>;
  readonly #fates: Fate[];
  /** How many entries it takes at a time, in each life of the process: what it refused once it may take later. */
  readonly #limits: readonly number[];
  readonly #disk = new CrashingDisk();
  readonly received = new Map<string, readonly number[]>();
  #life = 0;
  #tellOfDeath = (): void => {};

  constructor(
    context: TestContext,
    poison: ReadonlySet<number>,
    fates: readonly Fate[],
    limits: readonly number[],
  ) {
    this.#limits = limits;
    this.#context = context;
    this.#poison = poison;
    this.#fates = [...fates];
  }

  async play(count: number, crashes: readonly Crash[]): Promise<void> {
    const first = await this.#open();
    const batch = batchOf('a', 0, count);
    first?.buffer.append(batch);
    await batch.delivery.settled;
    this.#plan(crashes);
    for (let rig = first; ; rig = await this.#open()) {
      const life = this.#life;
      rig?.buffer.start();
      while (rig !== undefined && life === this.#life && rig.buffer.stats().queuedChunks > 0) {
        for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
        rig.clock.advance(60_000);
      }
      if (rig !== undefined && life === this.#life) return;
    }
  }

  #plan(crashes: readonly Crash[]): void {
    const [next, ...later] = crashes;
    let calls = next?.calls ?? Number.POSITIVE_INFINITY;
    this.#disk.onCall = () => {
      calls -= 1;
      if (calls >= 0 || next === undefined) return;
      this.#plan(later);
      this.#die(next.isPowerCut);
    };
  }

  get letters(): number[] {
    const paths = this.#disk.paths.filter((path) => path.endsWith('.jsonl'));
    const dead = paths.filter((path) => path.includes('dead_letter'));
    assert.deepEqual(dead, paths, 'the journal is gone with its chunk');
    const texts = dead.map((path) => this.#disk.contentOf(path).toString());
    return lettersOf(texts).map(([n]) => Number(n));
  }

  /** Undefined: it was killed meanwhile. */
  async #open(): Promise<Rig | undefined> {
    const life = this.#life;
    const death = new Promise<undefined>((resolve) => {
      this.#tellOfDeath = () => resolve(undefined);
    });
    this.#disk.delete('/buffer/lock');
    const output = new Recorder();
    output.onWrite = (seen) => this.#receive(seen, life);
    const plan = planOf({ ...bisecting, path: '/buffer', retryForever: true });
    const opening = openRig(this.#context, plan, {
      files: this.#disk.process(),
      clock: new TestClock({ sec: 1_700_000_000 + life, nsec: 0 }),
      random: () => 0.5,
      deadLetterFolder: '/buffer/dead_letter',
      output,
    });
    return Promise.race([opening.catch(() => death), death]);
  }

  #receive({ id, entries }: Written, life: number): void {
    if (life !== this.#life) throw new Error('nobody is there');
    const fate = this.#fates.shift() ?? 'goes';
    if (fate === 'fails') throw new Error('down');
    if (fate === 'kill' || fate === 'power cut') this.#die(fate === 'power cut');
    const numbers = entries.map(({ record }) => Number(record['n']));
    const known = this.received.get(id);
    const limit = this.#limits[life] ?? Number.POSITIVE_INFINITY;
    if (known !== undefined) assert.deepEqual(numbers, known);
    else if (numbers.length > limit) throw new Unrecoverable('too large');
    else if (numbers.some((n) => this.#poison.has(n))) throw new Unrecoverable('poison');
    this.received.set(id, numbers);
    if (fate === 'is received and fails') throw new Error('the answer was lost');
    if (fate === 'is received, kill') this.#die(false);
  }

  #die(isPowerCut: boolean): never {
    this.#life += 1;
    this.#tellOfDeath();
    if (isPowerCut) this.#disk.cutPower(() => false);
    else this.#disk.kill();
    throw new Error('killed');
  }
}

test('whatever fails and whenever it is killed, good entries are delivered once and the others die', async (t) => {
  const fate = fc.constantFrom<Fate>(
    'goes',
    'goes',
    'fails',
    'is received and fails',
    'kill',
    'is received, kill',
    'power cut',
  );
  const poison = fc.uniqueArray(fc.nat({ max: 39 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      poison,
      fc.array(fate, { maxLength: 40 }),
      fc.array(fc.record({ calls: fc.nat({ max: 60 }), isPowerCut: fc.boolean() }), {
        maxLength: 5,
      }),
      fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }),
      async (count, indexes, fates, crashes, limits) => {
        const scene = new Scene(t, new Set(indexes), fates, limits);
        await scene.play(count, crashes);
        const bad = indexes.filter((n) => n < count).sort((one, other) => one - other);
        const good = Array.from({ length: count }, (_, n) => n).filter((n) => !bad.includes(n));
        const received = [...scene.received.values()].flat().sort((one, other) => one - other);
        assert.deepEqual(received, good);
        assert.deepEqual(scene.letters, bad);
      },
    ),
    { numRuns: 100, examples: [[2, [], [], [{ calls: 8, isPowerCut: false }], [1]]] },
  );
});

test('one entry to blame among 100,000 costs two writes for each halving', async (t) => {
  const rig = await openRig(t, planOf(bisecting));
  rig.output.onWrite = refusing(77_777);
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 100_000));
  await settle(rig);
  assert(rig.output.tried.length <= 1 + 2 * 17, `${rig.output.tried.length} writes`);
  assert.equal(rig.metric('delivered_events_total'), 99_999);
  await rig.buffer.close();
});
