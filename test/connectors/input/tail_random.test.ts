import assert from 'node:assert/strict';
import { copyFileSync, existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { type Life, numbered, TailRig } from './tail_rig.ts';

type Deed =
  | { readonly does: 'write' | 'pass'; readonly amount: number }
  | { readonly does: 'rotate' | 'truncate' | 'kill' | 'stop' | 'hold' | 'refuse' | 'store' };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('write' as const),
      amount: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('pass' as const),
      amount: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constantFrom('rotate', 'truncate', 'kill', 'stop', 'hold', 'refuse', 'store'),
    }),
  },
);

/** A log that is written, rotated and truncated by one, while an input that is killed and refused reads it. */
class Scene {
  readonly rig: TailRig;
  readonly #given: { readonly path: string; readonly readLinesLimit: number };
  #life: Life;
  #written = 0;
  #copies = 0;

  constructor(context: TestContext, pattern: string, readLinesLimit: number) {
    this.rig = new TailRig(context);
    this.#given = { path: join(this.rig.folder, pattern), readLinesLimit };
    this.#write(2);
    this.#life = this.#start();
  }

  async open(): Promise<void> {
    await this.rig.arrived(this.#life, this.#written);
  }

  async play(next: Deed): Promise<void> {
    const { rig } = this;
    if ((next.does === 'rotate' || next.does === 'truncate') && !existsSync(rig.log)) return;
    switch (next.does) {
      case 'write':
        return this.#write(next.amount);
      case 'pass':
        return this.#life.pass(next.amount * 500);
      case 'rotate':
        this.#copies += 1;
        return rig.rotate(`app.log.${this.#copies}`);
      case 'truncate':
        this.#copies += 1;
        copyFileSync(rig.log, `${rig.log}.${this.#copies}`);
        return truncateSync(rig.log);
      case 'kill':
        rig.kill(this.#life);
        this.#life = this.#start();
        return;
      case 'stop':
        rig.store.storing = 'store';
        rig.store.release();
        await this.#life.stop();
        this.#life = this.#start();
        return;
      default:
        if (next.does === 'store') rig.store.release();
        rig.store.storing = next.does;
    }
  }

  /** Everything is there, once. */
  async close(): Promise<void> {
    const { store } = this.rig;
    this.#write(1);
    store.storing = 'store';
    store.release();
    await this.#life.until(() => new Set(store.lines).size >= this.#written);
    await this.#life.pass(5000);
    await this.#life.stop();
    assert.deepEqual([...store.lines].sort(), numbered(1, this.#written).sort());
  }

  #write(count: number): void {
    this.rig.writeLines(this.#written + 1, this.#written + count);
    this.#written += count;
  }

  #start(): Life {
    return this.rig.start({ ...this.#given, refreshInterval: 1000, rotateWait: 2000 });
  }
}

for (const pattern of ['app.log', 'app.log*']) {
  test(`every line of \`${pattern}\` is stored once, whatever happens to log and process`, async (context) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed, { maxLength: 24 }),
        fc.constantFrom(1, 3, 1000),
        async (deeds, linesLimit) => {
          const scene = new Scene(context, pattern, linesLimit);
          await scene.open();
          for (const next of deeds) await scene.play(next);
          await scene.close();
        },
      ),
      { numRuns: Number(process.env['TAIL_RUNS'] ?? 30) },
    );
  });
}
