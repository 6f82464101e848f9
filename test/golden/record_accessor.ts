import assert from 'node:assert/strict';
import { MillraceError } from '../../lib/error.ts';
import { compileAccessor } from '../../lib/event/accessor.ts';
import { type EventRecord, type EventValue, isRecord } from '../../lib/event/entry.ts';
import type { GoldenCase } from './adaptor.ts';

/** Compiles the accessor, and gets, deletes and sets with it. */
export default function recordAccessor(golden: GoldenCase): void {
  const text = golden.in['accessor'];
  const record = golden.in['record'] as EventValue;
  assert(typeof text === 'string' && isRecord(record));
  if (golden.error !== undefined) {
    assert.throws(
      () => compileAccessor(text),
      (error) => error instanceof MillraceError && error.code === 'MR_ACCESSOR',
    );
    return;
  }
  assert.deepEqual(useAccessor(text, record), golden.out);
}

function useAccessor(text: string, record: EventRecord): unknown {
  const accessor = compileAccessor(text);
  const before = structuredClone(record);
  const { record: rest, removed } = accessor.delete(record);
  const actual = {
    path: accessor.path,
    get: { value: accessor.get(record) ?? null },
    delete: { returned: removed ?? null, record: rest },
    set: { record: accessor.set(record, 'NEW') },
  };
  assert.deepEqual(record, before, 'the record itself was changed');
  return actual;
}
