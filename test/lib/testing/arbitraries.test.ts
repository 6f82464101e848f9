import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeEntries, encodeEntries } from '../../../lib/codec/entry_codec.ts';
import { compileTagPattern } from '../../../lib/event/tag_pattern.ts';
import { entries, events, tags } from '../../../lib/testing/arbitraries.ts';
import { expectEvents } from '../../../lib/testing/expect_events.ts';
import { claimEntry } from '../../../lib/testing/laws/claims.ts';

test('entries can be stored, and come back as they were', () => {
  fc.assert(
    fc.property(fc.array(entries(), { maxLength: 5 }), (list) => {
      for (const each of list) claimEntry(each);
      expectEvents(decodeEntries(encodeEntries(list)), list);
    }),
  );
});

test('events hold wide integers, `__proto__`, bytes and texts that are not UTF-8 sooner or later', () => {
  const seen = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value === 'bigint') seen.add('bigint');
    if (typeof value !== 'object' || value === null) return;
    seen.add(value.constructor === Object ? 'record' : (value.constructor?.name ?? 'odd'));
    if (Object.hasOwn(value, '__proto__')) seen.add('__proto__');
    if (Array.isArray(value) || !ArrayBuffer.isView(value)) Object.values(value).forEach(look);
  };
  for (const { record } of fc.sample(events(), { numRuns: 500, seed: 1 })) look(record);
  for (const kind of ['bigint', '__proto__', 'RawString', 'Uint8Array', 'EventTime', 'Array']) {
    assert(seen.has(kind), `no ${kind}`);
  }
});

test('every tag matches the pattern of all tags', () => {
  const all = compileTagPattern('**');
  fc.assert(fc.property(tags(), (tag) => all.matches(tag)));
});
