import { delay } from '../../lib/clock.ts';
import { entriesBatch } from '../../lib/codec/batch.ts';
import { LineSplitter } from '../../lib/codec/lines.ts';
import { decodeUtf8 } from '../../lib/codec/text.ts';
import { MillraceError, toError } from '../../lib/error.ts';
import type { Entry } from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import { string } from '../../lib/option/declare.ts';
import type { Emit } from '../../lib/plugin/contract.ts';
import { defineInput } from '../../lib/plugin/define.ts';
import { nested } from '../../lib/plugin/nested.ts';

/** The pause before a batch that was not stored is offered again. */
const offerAgainMs = 1000;

export default defineInput({
  type: 'stdin',
  doc: 'Reads events from the standard input of the process, a line each, and ends with it. It reads on when what it has read is stored.',
  options: {
    tag: string({ doc: 'The tag of the events.', required: true }),
    parse: nested('parser', { doc: 'How a line is read.', default: 'none' }),
  },
  create({ tag, parse }, { make, clock, log, emitError }) {
    const parser = make(parse);

    function readLine(line: Buffer, entries: Entry[]): void {
      if (line.length === 0) return;
      const { sec, nsec } = clock.now();
      const now = new EventTime(sec, nsec);
      const refuse = (cause: Error): void => {
        const record = { message: decodeUtf8(line) };
        emitError(tag, { time: now, record }, cause);
      };
      try {
        for (const parsed of parser.parse(line) ?? [null]) {
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
        const splitter = new LineSplitter();
        for await (const chunk of readInput(signal)) {
          splitter.push(chunk);
          const entries: Entry[] = [];
          for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
            readLine(line, entries);
          }
          await store(entries, emit, signal);
        }
        const last: Entry[] = [];
        readLine(splitter.rest() ?? Buffer.alloc(0), last);
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
