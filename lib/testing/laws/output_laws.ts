import assert from 'node:assert/strict';
import type { TaggedEntry } from '../../event/entry.ts';
import type { GivenArguments, Shape } from '../../option/option.ts';
import type { Chunk, Output } from '../../plugin/contract.ts';
import { anyPlugin, type Plugin } from '../../plugin/define.ts';
import { event } from '../event.ts';
import { settled } from '../settled.ts';
import { testChunk } from '../test_chunk.ts';
import { testContext } from '../test_context.ts';
import { makePlugin } from '../test_text.ts';
import { outcomeOf, withUnchanged } from './claims.ts';
import { hostileEvents } from './hostile.ts';
import { type LawOptions, type LawSettings, lawsOf, makeOptions } from './law.ts';

/** What the laws must know of an output. */
export interface OutputLawSettings<S extends Shape> extends LawSettings {
  /** Events that it can deliver. */
  readonly samples?: readonly TaggedEntry[];
  /** How much has arrived at the destination: it must be more after each write. */
  readonly arrived?: (() => Promise<number> | number) | undefined;
  /** Options that lead to a destination which takes everything and answers nothing. */
  readonly stalled?: LawOptions<S> | undefined;
  /** Options that lead nowhere. */
  readonly unreachable?: LawOptions<S> | undefined;
  /** Called after each law. */
  readonly cleanUp?: (() => Promise<void> | void) | undefined;
}

/**
 * Declares as tests what holds for every output whose options lead to a destination that takes what it gets; they
 * may be made anew before each law.
 */
export function outputLaws<S extends Shape>(
  plugin: Plugin<'output', S>,
  ...[given, settings = {}]: GivenArguments<S, [settings?: OutputLawSettings<S>], LawOptions<S>>
): void {
  const law = lawsOf(plugin, settings);
  const { arrived, stalled, unreachable, cleanUp } = settings;
  const samples = settings.samples ?? [event('app', { message: 'hello' }), event('app', { n: 1 })];
  const signal = (): AbortSignal => new AbortController().signal;
  /** Runs with a new output, which is closed then. */
  const withOutput = async (
    options: LawOptions<S> | undefined,
    run: (output: Output) => Promise<void> | void,
  ): Promise<void> => {
    const chunking = { keys: anyPlugin(plugin).buffer?.chunkKeys ?? [], timekeyMs: undefined };
    const context = testContext({ chunking });
    try {
      const output = await makePlugin(plugin, await makeOptions(options), context);
      try {
        await run(output);
      } finally {
        await output.close?.();
      }
    } finally {
      await cleanUp?.();
    }
  };

  law('opens nothing before it is told to, so that it can be made and closed', () =>
    withOutput(given, () => {}),
  );
  law('delivers chunks, one after the other, and can be closed then', () =>
    withOutput(given, async (output) => {
      await output.open?.(signal());
      for (let n = 0; n < 3; n += 1) {
        const before = await arrived?.();
        await output.write(chunkOf(output, samples, n), signal());
        const after = await arrived?.();
        const isMore = before === undefined || after === undefined || after > before;
        assert(isMore, `write resolved, and nothing had arrived: ${before}, then ${after}`);
      }
    }),
  );
  law('formats the same event alike, and does not change it', () =>
    withOutput(given, (output) => {
      const format = (each: TaggedEntry): string => {
        const outcome = outcomeOf(() => output.format?.(each, each.tag) ?? '');
        return 'error' in outcome
          ? outcome.error.message
          : Buffer.from(outcome.result).toString('latin1');
      };
      const events = hostileEvents();
      const forth = withUnchanged(events, () => events.map(format));
      assert.deepEqual(events.toReversed().map(format).toReversed(), forth);
    }),
  );
  if (stalled !== undefined) {
    law('gives up a write when its signal is aborted', () =>
      withOutput(stalled, async (output) => {
        const stop = new AbortController();
        const writing = openAndWrite(output, chunkOf(output, samples, 0), stop.signal);
        const isOver = writing.then(
          () => true,
          () => true,
        );
        await settled();
        stop.abort(new Error('given up'));
        assert(await isOver);
      }),
    );
  }
  if (unreachable !== undefined) {
    law('rejects a write that cannot arrive, with an Error', () =>
      withOutput(unreachable, async (output) => {
        const writing = openAndWrite(output, chunkOf(output, samples, 0), signal());
        await assert.rejects(writing, Error);
      }),
    );
  }
}

async function openAndWrite(output: Output, chunk: Chunk, signal: AbortSignal): Promise<void> {
  await output.open?.(signal);
  await output.write(chunk, signal);
}

function chunkOf(output: Output, events: readonly TaggedEntry[], number: number): Chunk {
  const id = number.toString(16).padStart(32, '5');
  const [{ tag } = { tag: 'app' }] = events;
  if (output.format === undefined) return testChunk({ id, tag, entries: events });
  return testChunk({ id, tag, pieces: events.map((each) => output.format?.(each, tag) ?? '') });
}
