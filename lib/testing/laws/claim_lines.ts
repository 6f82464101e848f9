import assert from 'node:assert/strict';
import { encodeEntries } from '../../codec/entry_codec.ts';
import { printJsonExactly } from '../../codec/json_print.ts';
import { LineTable } from '../../codec/line_table.ts';
import { copyRecord, type Entry, setField } from '../../event/entry.ts';
import type { EventTime } from '../../event/time.ts';
import type { ConstantFields, UndecodedEntries } from '../../event/undecoded.ts';
import type { Parser } from '../../plugin/contract.ts';
import { outcomeOf } from './claims.ts';

const hostName: ConstantFields = [['hostname', 'web-01']];
const taken: ConstantFields = [['path', ['set']], ['message', null], ...hostName];

/**
 * Claims that a parser reads lines as it parses each of them, and gives how many entries it has found in them;
 * undefined when it reads none. `now` must be its clock's time.
 */
export function claimLines(parser: Parser, bytes: Buffer, now: EventTime): number | undefined {
  const table = new LineTable();
  table.fill(Buffer.concat([bytes, Buffer.from('\n')]), 0, 'byte');
  const read = parser.readLines?.({ bytes, table }, now);
  if (read === undefined) return undefined;
  const expected: Entry[] = [];
  const unmatched: number[] = [];
  for (let line = 0; line < table.count; line += 1) {
    const text = bytes.subarray(table.begin(line), table.end(line));
    const outcome = outcomeOf(() => parser.parse(text));
    const parsed = 'error' in outcome ? null : outcome.result;
    if (parsed === null || parsed.includes(null)) unmatched.push(line);
    for (const each of parsed ?? []) {
      if (each !== null) expected.push({ time: each.time ?? now, record: each.record });
    }
  }
  assert.deepEqual(read.unmatched, unmatched);
  claimUndecoded(read.entries, expected);
  for (const fields of [hostName, taken]) {
    const more = read.entries.withFields(fields);
    if (more !== undefined)
      claimUndecoded(
        more,
        expected.map((entry) => withSet(entry, fields)),
      );
  }
  claimUndecoded(read.entries, expected);
  return expected.length;
}

/** Claims that undecoded entries are these, whichever way they go out. */
export function claimUndecoded(entries: UndecodedEntries, expected: readonly Entry[]): void {
  assert.equal(entries.count, expected.length);
  assert.deepEqual(entries.decode(), expected);
  assert.deepEqual(Buffer.from(entries.pack()), Buffer.from(encodeEntries(expected)));
  const printed = expected.map(({ record }) => latin1(printJsonExactly(record)));
  const lines = printed.map((line) => `${line}\r\n`).join('');
  assert.equal(latin1(entries.printJson('\r\n')), lines);
  if (expected.length === 0) return;
  const seconds = expected.map(({ time }) => time.sec);
  assert.equal(entries.firstSec, Math.min(...seconds));
  assert.equal(entries.lastSec, Math.max(...seconds));
}

function latin1(text: string | Uint8Array): string {
  return Buffer.from(text).toString('latin1');
}

/** The entry with fields set, as a filter would set them. */
export function withSet({ time, record }: Entry, fields: ConstantFields): Entry {
  const more = copyRecord(record);
  for (const [name, value] of fields) setField(more, name, value);
  return { time, record: more };
}
