import assert from 'node:assert/strict';
import { ChunkKeys } from '../../lib/buffer/chunk_key.ts';
import { checkTemplate, Templates } from '../../lib/buffer/placeholder.ts';
import type { EventValue } from '../../lib/event/entry.ts';
import { silentLog } from '../../lib/log.ts';
import type { GoldenCase } from './adaptor.ts';
import { type GoldenBuffer, planOfCase } from './buffer_case.ts';

interface PlaceholderCase {
  readonly template: string;
  readonly buffer: GoldenBuffer;
  readonly metadata: {
    readonly tag?: string;
    readonly timekey?: number;
    readonly variables?: Readonly<Record<string, EventValue>>;
  };
  readonly chunk_id_hex: string;
}

/** Checks the template against the buffer, and fills it in whatever the check says. */
export default function placeholders(golden: GoldenCase): void {
  const input = golden.in as unknown as PlaceholderCase;
  if (golden.error !== undefined) {
    assert.throws(() => planOfCase(input.buffer));
    return;
  }
  const plan = planOfCase(input.buffer);
  const wanted = golden.out as { readonly validation: string; readonly extracted: string };
  assert.equal(checkTemplate(input.template, plan).length === 0, wanted.validation === 'ok');
  const templates = new Templates(new ChunkKeys(plan, 'UTC'), silentLog);
  const { tag, timekey, variables = {} } = input.metadata;
  const key = { tag, timekey, variables: new Map(Object.entries(variables)) };
  assert.equal(templates.expand(input.template, input.chunk_id_hex, key), wanted.extracted);
}
