import assert from 'node:assert/strict';
import { type EventBatch, isBatch } from '../../event/batch.ts';
import type { GivenArguments, Shape } from '../../option/option.ts';
import type { Input } from '../../plugin/contract.ts';
import type { Plugin } from '../../plugin/define.ts';
import { settled } from '../settled.ts';
import { type TestContext, testContext } from '../test_context.ts';
import { makePlugin } from '../test_text.ts';
import { claimEntry } from './claims.ts';
import { type LawOptions, type LawSettings, lawsOf, makeOptions } from './law.ts';

/** What the laws must know of an input. */
export interface InputLawSettings extends LawSettings {
  /** Has the input emit something: writes the file, connects to the port. By itself it gets a minute to pass. */
  readonly stimulate?: ((context: TestContext) => Promise<void> | void) | undefined;
  /** It only listens or tells: nothing makes it emit. */
  readonly emitsNothing?: boolean | undefined;
  /** Called after each law. */
  readonly cleanUp?: (() => Promise<void> | void) | undefined;
}

/** Declares as tests what holds for every input; options may be made anew before each law. */
export function inputLaws<S extends Shape>(
  plugin: Plugin<'input', S>,
  ...[given, settings = {}]: GivenArguments<S, [settings?: InputLawSettings], LawOptions<S>>
): void {
  const law = lawsOf(plugin, settings);
  const { stimulate, cleanUp, emitsNothing = false } = settings;
  const withInput = async (
    settle: (batch: EventBatch) => void,
    run: (running: RunningInput) => Promise<void>,
  ): Promise<void> => {
    const context = testContext();
    const input = await makePlugin(plugin, await makeOptions(given), context);
    const running = new RunningInput(input, context, settle);
    try {
      await run(running);
    } finally {
      running.stop.abort();
      await cleanUp?.();
    }
  };

  law('emits batches that can be stored', () =>
    withInput(
      ({ delivery }) => delivery.ack(),
      async (running) => {
        await running.begin(stimulate);
        const hasEmitted = running.batches.length > 0;
        if (emitsNothing) assert(!hasEmitted, 'it emitted something');
        else assert(hasEmitted, 'it emitted nothing');
        for (const batch of running.batches) {
          assert(isBatch(batch), 'it emitted what is no batch');
          assert.equal(typeof batch.tag, 'string');
          for (const each of batch) claimEntry(each);
        }
        await running.end();
      },
    ),
  );
  law('stops soon after it is told to, and emits nothing after it has', () =>
    withInput(
      ({ delivery }) => delivery.ack(),
      async (running) => {
        await running.begin(stimulate);
        await running.end();
        const count = running.batches.length;
        await running.context.clock.pass(60_000);
        assert.equal(running.batches.length, count, 'it emitted after it had stopped');
      },
    ),
  );
  law('stops also when it was told before it began', () =>
    withInput(
      ({ delivery }) => delivery.ack(),
      async (running) => {
        running.stop.abort();
        await running.begin(undefined);
        await running.end();
      },
    ),
  );
  law('stops although nothing that it emitted was stored', () =>
    withInput(
      ({ delivery }) => delivery.nack(new Error('full')),
      async (running) => {
        await running.begin(stimulate);
        await running.end();
      },
    ),
  );
}

/** How long an input may take to stop, in the clock's time. */
const soonMs = 10_000;

class RunningInput {
  readonly stop = new AbortController();
  readonly context: TestContext;
  readonly batches: EventBatch[] = [];
  readonly #input: Input;
  readonly #settle: (batch: EventBatch) => void;
  #ended: Promise<void> = Promise.resolve();

  constructor(input: Input, context: TestContext, settle: (batch: EventBatch) => void) {
    this.#input = input;
    this.context = context;
    this.#settle = settle;
  }

  /** Runs it, and has it emit something. */
  async begin(stimulate: InputLawSettings['stimulate']): Promise<void> {
    const emit = async (batch: EventBatch): Promise<void> => {
      this.batches.push(batch);
      this.#settle(batch);
    };
    this.#ended = this.#input.run(emit, this.stop.signal);
    // What it throws is seen when it is ended.
    this.#ended.catch(() => {});
    await settled();
    await stimulate?.(this.context);
    await this.context.clock.pass(60_000);
  }

  /** Claims that it ends soon. */
  async end(): Promise<void> {
    this.stop.abort();
    let hasEnded = false;
    const ended = this.#ended.then(
      () => {
        hasEnded = true;
      },
      (thrown: unknown) => {
        hasEnded = true;
        if (!(thrown instanceof Error) || thrown.name !== 'AbortError') throw thrown;
      },
    );
    ended.catch(() => {});
    await this.context.clock.pass(soonMs);
    await Promise.race([ended, settledTurns()]);
    assert(hasEnded, `it goes on ${soonMs} ms after it was told to stop`);
    await ended;
  }
}

/** Sockets take some turns of the event loop to close, which `settled` does not wait for. */
async function settledTurns(): Promise<void> {
  for (let turns = 0; turns < 1000; turns += 1) await settled();
}
