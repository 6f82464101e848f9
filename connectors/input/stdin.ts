import { type Clock, delay } from '../../lib/clock.ts';
import { entriesBatch } from '../../lib/codec/batch.ts';
import { TextGatherer } from '../../lib/codec/line_joiner.ts';
import { LineSplitter } from '../../lib/codec/lines.ts';
import { decodeUtf8 } from '../../lib/codec/text.ts';
import { MillraceError, toError } from '../../lib/error.ts';
import type { Entry } from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import { duration, string } from '../../lib/option/declare.ts';
import type { Emit, Parser } from '../../lib/plugin/contract.ts';
import { defineInput } from '../../lib/plugin/define.ts';
import { nested } from '../../lib/plugin/nested.ts';

/** The pause before a batch that was not stored is offered again. */
const offerAgainMs = 1000;
/** An event of several lines is no longer. */
const longestTextBytes = 1024 * 1024;

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

    function readText(text: Buffer, entries: Entry[]): void {
      if (text.length === 0) return;
      const { sec, nsec } = clock.now();
      const now = new EventTime(sec, nsec);
      const refuse = (cause: Error): void => {
        const record = { message: decodeUtf8(text) };
        emitError(tag, { time: now, record }, cause);
      };
      try {
        for (const parsed of parser.parse(text) ?? [null]) {
          if (parsed === null) refuse(new MillraceError('MR_EVENT', 'the line does not match'));
          else entries.push({ time: parsed.time ?? now, record: parsed.record });
        }
      } catch (thrown) {
        refuse(toError(thrown));
      }
    }

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
        const texts = new Texts(parser);
        const restMs = (): number | undefined =>
          texts.areOpen ? multilineFlushInterval : undefined;
        for await (const chunk of withRests(readInput(signal), clock, restMs)) {
          const entries: Entry[] = [];
          const complete = chunk === 'rest' ? texts.flush() : texts.push(chunk);
          for (const text of complete) readText(text, entries);
          await store(entries, emit, signal);
        }
        const last: Entry[] = [];
        for (const text of texts.end()) readText(text, last);
        await store(last, emit, signal);
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

/** Texts in a stream of bytes: lines, or lines that the parser wants joined. */
class Texts {
  readonly #splitter = new LineSplitter();
  readonly #gatherer: TextGatherer | undefined;

  constructor(parser: Parser) {
    if (parser.isFirstLine === undefined) return;
    const isFirstLine = (line: Buffer): boolean => parser.isFirstLine?.(line) === true;
    this.#gatherer = new TextGatherer({ isFirstLine, longestTextBytes });
  }

  /** Whether there is a text that may go on. */
  get areOpen(): boolean {
    return this.#gatherer?.isOpen === true;
  }

  /** Takes bytes, and gives the texts that are complete by them. */
  push(chunk: Uint8Array): Buffer[] {
    const texts: Buffer[] = [];
    this.#splitter.push(chunk);
    for (let line = this.#splitter.next(); line !== undefined; line = this.#splitter.next()) {
      this.#take(line, texts);
    }
    return texts;
  }

  /** The text that is open: it does not go on. */
  flush(): Buffer[] {
    const text = this.#gatherer?.flush();
    return text === undefined ? [] : [text];
  }

  /** What is left at the end of the stream. */
  end(): Buffer[] {
    const texts: Buffer[] = [];
    const rest = this.#splitter.rest();
    if (rest !== undefined) this.#take(rest, texts);
    return [...texts, ...this.flush()];
  }

  #take(line: Buffer, texts: Buffer[]): void {
    if (this.#gatherer === undefined) texts.push(line);
    else texts.push(...this.#gatherer.push(line));
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
