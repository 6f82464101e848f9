import { delay } from '../../lib/clock.ts';
import { entriesBatch } from '../../lib/codec/batch.ts';
import { MillraceError } from '../../lib/error.ts';
import {
  copyRecord,
  type Entry,
  type EventRecord,
  type EventValue,
  isRecord,
  setField,
} from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import { boolean, integer, json, string } from '../../lib/option/declare.ts';
import type { PluginContext } from '../../lib/plugin/context.ts';
import type { Emit, Input } from '../../lib/plugin/contract.ts';
import { defineInput } from '../../lib/plugin/define.ts';

/** Fast samples come in so many batches a second. */
const ticksPerSecond = 10;

export default defineInput({
  type: 'sample',
  doc: 'Makes events of a pattern, for trying a pipeline out.',
  options: {
    tag: string({ doc: 'The tag of the events.', required: true }),
    sample: json({
      doc: 'The record, or a list of records that are taken in turn.',
      default: { message: 'sample' },
      aliases: ['dummy'],
    }),
    rate: integer({ doc: 'How many times a second `size` events are made.', default: 1, min: 1 }),
    size: integer({ doc: 'How many events are made at a time.', default: 1, min: 1 }),
    limit: integer({
      doc: 'How many events are made in all; then the input ends. Unlimited unless set.',
      min: 1,
    }),
    autoIncrementKey: string({ doc: 'A field that counts the events, from 0.' }),
    reuseRecord: boolean({
      doc: 'Accepted for compatibility: records are immutable and always reused.',
      default: false,
    }),
  },
  create({ tag, sample, rate, size, limit, autoIncrementKey }, { clock }) {
    const next = generate(readRecords(sample), autoIncrementKey);
    const makeEntries = (count: number): Entry[] => {
      const { sec, nsec } = clock.now();
      const time = new EventTime(sec, nsec);
      return Array.from({ length: count }, () => ({ time, record: next() }));
    };
    let left = limit ?? Number.POSITIVE_INFINITY;
    return repeat(rate, clock, async (times, emit) => {
      const count = Math.min(times * size, left);
      left -= count;
      await emit(entriesBatch(tag, makeEntries(count)));
      return left > 0;
    });
  },
});

/** Calls `make` so often and for so many times that there are `rate` times a second, until it says false. Time lost while it waits is not made up for. */
function repeat(
  rate: number,
  clock: PluginContext['clock'],
  make: (times: number, emit: Emit) => Promise<boolean>,
): Input {
  return {
    async run(emit, signal) {
      let startMs = clock.monotonicMs();
      let done = 0;
      const times = Math.max(1, Math.floor(rate / ticksPerSecond));
      while (!signal.aborted) {
        if (!(await make(times, emit))) return;
        done += times;
        const nowMs = clock.monotonicMs();
        const dueMs = startMs + (done * 1000) / rate;
        if (dueMs + 1000 < nowMs) {
          startMs = nowMs;
          done = 0;
        }
        await delay(clock, dueMs - nowMs, signal);
      }
    },
  };
}

function generate(
  records: readonly EventRecord[],
  countKey: string | undefined,
): () => EventRecord {
  let count = 0;
  return () => {
    const record = records[count % records.length] ?? {};
    const serial = count;
    count += 1;
    if (countKey === undefined) return record;
    const counted = copyRecord(record);
    setField(counted, countKey, serial);
    return counted;
  };
}

/** @throws MR_OPTION when the sample is neither a record nor a list of records */
function readRecords(sample: unknown): readonly EventRecord[] {
  // JSON values are event values; the compiler cannot know that of what was parsed as JSON.
  const list = (Array.isArray(sample) ? sample : [sample]) as readonly EventValue[];
  if (list.length > 0 && list.every(isRecord)) return list;
  throw new MillraceError(
    'MR_OPTION',
    `\`sample\` of input \`sample\`: expected a JSON object or a list of them, not ${JSON.stringify(sample)}`,
  );
}
