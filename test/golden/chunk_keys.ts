import assert from 'node:assert/strict';
import { ChunkKeys } from '../../lib/buffer/chunk_key.ts';
import { entriesBatch } from '../../lib/codec/batch.ts';
import type { EventRecord } from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import type { GoldenCase } from './adaptor.ts';
import { type GoldenBuffer, planOfCase } from './buffer_case.ts';

interface KeysCase {
  readonly buffer: GoldenBuffer;
  readonly events: readonly {
    readonly tag: string;
    readonly time: readonly [number, number];
    readonly record: EventRecord;
  }[];
}

/** Sorts the events into chunks, one after another. */
export default function chunkKeys(golden: GoldenCase): void {
  const input = golden.in as unknown as KeysCase;
  if (golden.error !== undefined) assert.throws(() => sort(input));
  else assert.deepEqual(sort(input), golden.out);
}

function sort({ buffer, events }: KeysCase): unknown {
  const keys = new ChunkKeys(planOfCase(buffer), 'UTC');
  const chunks = new Map<string, { events: number[] }>();
  for (const [index, { tag, time, record }] of events.entries()) {
    const batch = entriesBatch(tag, [{ time: new EventTime(...time), record }]);
    for (const { keyText, key } of keys.group(batch)) {
      let chunk = chunks.get(keyText);
      if (chunk === undefined) {
        const variables = key.variables.size > 0 ? Object.fromEntries(key.variables) : null;
        const shown = { timekey: key.timekey ?? null, tag: key.tag ?? null, variables };
        chunk = { ...shown, events: [] };
        chunks.set(keyText, chunk);
      }
      chunk.events.push(index);
    }
  }
  return [...chunks.values()];
}
