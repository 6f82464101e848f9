import assert from 'node:assert/strict';
import type { Entry } from '../../lib/event/entry.ts';
import type { GoldenCase } from './adaptor.ts';
import {
  assertStage,
  contextOf,
  type GoldenSection,
  makePlugin,
  recordOf,
  timeOf,
  writeMarks,
} from './make_plugin.ts';

interface GoldenEvent {
  readonly tag: string;
  readonly time: unknown;
  readonly record: unknown;
}

export const keepsFloats = true;

/** Makes the filter, and puts the events through it. Of error events, that they are there is compared, not why. */
export default async function filters(golden: GoldenCase): Promise<void> {
  if (golden.error !== undefined) {
    await assertStage(golden, () => prepare(golden.in));
    return;
  }
  const wanted = golden.out as { events: unknown; errors?: readonly GoldenEvent[] };
  const errors = (wanted.errors ?? []).map(({ tag, time, record }) => ({ tag, time, record }));
  assert.deepEqual((await prepare(golden.in))(), { events: wanted.events, errors });
}

async function prepare(input: GoldenCase['in']): Promise<() => unknown> {
  const context = contextOf(input);
  const section = input['config'] as GoldenSection;
  const filter = await makePlugin('filter', String(input['type']), section, context);
  return () => {
    const events: unknown[] = [];
    const errors: unknown[] = [];
    for (const { tag, time, record } of input['events'] as readonly GoldenEvent[]) {
      const entry = { time: timeOf(time), record: recordOf(record) };
      const told = context.errors.length;
      try {
        const passed = filter(entry, tag) ?? [];
        for (const each of [passed].flat()) events.push(describe(tag, each));
      } catch {
        errors.push(describe(tag, entry));
      }
      for (const error of context.errors.slice(told)) errors.push(describe(error.tag, error.entry));
    }
    return { events, errors };
  };
}

function describe(tag: string, { time, record }: Entry): GoldenEvent {
  return { tag, time: [time.sec, time.nsec], record: writeMarks(record) };
}
