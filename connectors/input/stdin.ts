import { type Clock, delay } from '../../lib/clock.ts';
import { entriesBatch } from '../../lib/codec/batch.ts';
import type { Entry } from '../../lib/event/entry.ts';
import { duration, string } from '../../lib/option/declare.ts';
import type { Emit } from '../../lib/plugin/contract.ts';
import { defineInput } from '../../lib/plugin/define.ts';
import { nested } from '../../lib/plugin/nested.ts';
import { compileEntryReader } from '../../lib/plugin/read_entries.ts';
import { TextSplitter } from '../../lib/plugin/text_splitter.ts';

/** The pause before a batch that was not stored is offered again. */
const offerAgainMs = 1000;

export default defineInput({
  type: 'stdin',
  doc: 'Reads events from the standard input of the process, a line each or as the parser joins them, and ends with it. It reads on when what it has read is stored.',
  options: {
    tag: string({ doc: 'The tag of the events.', required: true }),
    multilineFlushInterval: duration({
      doc: 'With a parser of events of several lines: when nothing more has come for so long, the last event is complete.',
      default: 5000,
    }),
    parse: nested('parser', { doc: 'How a line is read.', default: 'none' }),
  },
  create({ tag, parse, multilineFlushInterval }, { make, clock, log, emitError }) {
    const parser = make(parse);
    const readText = compileEntryReader({
      parser,
      clock,
      refuse: (entry, cause) => emitError(tag, entry, cause),
    });

    /** There is no second chance to read a line: it is offered until it is stored. */
    async function store(
      entries: readonly Entry[],
      emit: Emit,
      signal: AbortSignal,
    ): Promise<void> {
      while (entries.length > 0) {
        const batch = entriesBatch(tag, entries);
        await emit(batch);
        const outcome = await batch.delivery.settled;
        if (outcome.ok) return;
        const { cause: error } = outcome;
        if (signal.aborted) {
          log.error('events were not stored and are lost', { events: entries.length, error });
          return;
        }
        log.warn('events were not stored and are offered again', { error });
        await delay(clock, offerAgainMs, signal);
      }
    }

    return {
      async run(emit, signal) {
        const lines = new TextSplitter(parser);
        const splitter = parser.splitter?.() ?? lines;
        const storeComplete = async (): Promise<void> => {
          const entries: Entry[] = [];
          for (let text = splitter.next(); text !== undefined; text = splitter.next()) {
            readText(text, entries);
          }
          await store(entries, emit, signal);
        };
        const restMs = (): number | undefined =>
          lines.isOpen ? multilineFlushInterval : undefined;
        for await (const chunk of withRests(readInput(signal), clock, restMs)) {
          if (chunk === 'rest') lines.flush();
          else splitter.push(chunk);
          await storeComplete();
        }
        splitter.finish();
        await storeComplete();
      },
    };
  },
});

/** The bytes of the standard input, until it ends or the signal is aborted. */
async function* readInput(signal: AbortSignal): AsyncIterable<Uint8Array> {
  const { stdin } = process;
  const stop = (): void => void stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (!signal.aborted) yield* stdin;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** What a source gives, and `rest` each time that nothing comes for so long as `restMs` says before. */
async function* withRests<T>(
  source: AsyncIterable<T>,
  clock: Clock,
  restMs: () => number | undefined,
): AsyncIterable<T | 'rest'> {
  const iterator = source[Symbol.asyncIterator]();
  for (let next = iterator.next(); ; ) {
    const delayMs = restMs();
    const result = delayMs === undefined ? await next : await orRest(next, clock, delayMs);
    if (result === 'rest') yield result;
    else if (result.done === true) return;
    else {
      yield result.value;
      next = iterator.next();
    }
  }
}

async function orRest<T>(next: Promise<T>, clock: Clock, delayMs: number): Promise<T | 'rest'> {
  const stop = new AbortController();
  try {
    return await Promise.race([
      next,
      delay(clock, delayMs, stop.signal).then(() => 'rest' as const),
    ]);
  } finally {
    stop.abort();
  }
}
