import assert from 'node:assert/strict';
import { copyFileSync, existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { type Given, type Life, lineOf, quoteOf, quoteParser, TailRig } from './tail_rig.ts';

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

/** What a log consists of, and how it is read. */
interface Content {
  readonly name: string;
  readonly textOf: (number: number) => string;
  readonly given: Given;
  /** Whether texts may be stored in parts: then their lines are compared. */
  readonly isCut?: true;
}

const contents: readonly Content[] = [
  { name: 'line', textOf: lineOf, given: {} },
  {
    name: 'event of several lines',
    textOf: quoteOf,
    // Longer than any scene: an event is not cut because its writer makes a pause.
    given: { parse: quoteParser({}), multilineFlushInterval: 120_000, emitUnmatchedLines: true },
  },
  {
    name: 'line of events that are cut by pauses',
    textOf: quoteOf,
    given: { parse: quoteParser({}), multilineFlushInterval: 700, emitUnmatchedLines: true },
    isCut: true,
  },
];

/** A log that is written, rotated and truncated by one, while an input that is killed and refused reads it. */
class Scene {
  readonly rig: TailRig;
  readonly #content: Content;
  readonly #given: Given;
  #life: Life;
  #written = 0;
  /** Lines of the last event that are still to be written. */
  #unwritten = '';
  #copies = 0;

  constructor(context: TestContext, content: Content, pattern: string, readLinesLimit: number) {
    this.rig = new TailRig(context);
    this.#content = content;
    this.#given = { ...content.given, path: join(this.rig.folder, pattern), readLinesLimit };
    this.#write(2);
    this.#life = this.#start();
  }

  /** Resolves when the log is followed: what is complete in it has arrived. */
  async open(): Promise<void> {
    await this.#life.until(() => this.rig.store.lines.length > 0);
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
        this.#finishText();
        this.#copies += 1;
        return rig.rotate(`app.log.${this.#copies}`);
      case 'truncate':
        this.#finishText();
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
    this.#finishText();
    store.storing = 'store';
    store.release();
    const expected = this.#cut(this.#texts());
    await this.#life.until(() => new Set(this.#cut(store.lines)).size >= expected.length);
    await this.#life.pass(5000);
    await this.#life.stop();
    assert.deepEqual(this.#cut(store.lines).sort(), expected.sort());
  }

  #texts(): string[] {
    return Array.from({ length: this.#written }, (_, index) => this.#content.textOf(index + 1));
  }

  #cut(texts: readonly string[]): string[] {
    return texts.flatMap((text) => (this.#content.isCut ? text.split('\n') : [text]));
  }

  /** Writes whole lines; what the last event has more of comes later. */
  #write(count: number): void {
    this.#finishText();
    let text = '';
    for (let more = 0; more < count; more += 1) {
      this.#written += 1;
      text += `${this.#content.textOf(this.#written)}\n`;
    }
    const last = text.lastIndexOf('\n', text.length - 2) + 1;
    const isLater = text[last] === ' ';
    this.#unwritten = isLater ? text.slice(last) : '';
    this.rig.write(isLater ? text.slice(0, last) : text);
  }

  #finishText(): void {
    if (this.#unwritten !== '') this.rig.write(this.#unwritten);
    this.#unwritten = '';
  }

  #start(): Life {
    return this.rig.start({ ...this.#given, refreshInterval: 1000, rotateWait: 2000 });
  }
}

for (const content of contents) {
  for (const pattern of ['app.log', 'app.log*']) {
    test(`every ${content.name} of \`${pattern}\` is stored once, whatever happens to log and process`, async (context) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(deed, { maxLength: 24 }),
          fc.constantFrom(1, 3, 1000),
          async (deeds, linesLimit) => {
            const scene = new Scene(context, content, pattern, linesLimit);
            await scene.open();
            for (const next of deeds) await scene.play(next);
            await scene.close();
          },
        ),
        { numRuns: Number(process.env['TAIL_RUNS'] ?? 30) },
      );
    });
  }
}
