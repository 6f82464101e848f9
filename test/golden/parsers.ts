import assert from 'node:assert/strict';
import { EventTime } from '../../lib/event/time.ts';
import type { Parser } from '../../lib/plugin/contract.ts';
import { claimLines } from '../../lib/testing/laws/claim_lines.ts';
import type { GoldenCase } from './adaptor.ts';
import { assertStage, contextOf, makePlugin, writeMarks } from './make_plugin.ts';

/** Makes the parser and parses the texts one after another. */
export default async function parsers(golden: GoldenCase): Promise<void> {
  const attrs = golden.in['config'] as { readonly [key: string]: string };
  const make = (): Promise<Parser> =>
    makePlugin('parser', String(attrs['@type']), { attrs }, contextOf(golden.in));
  if (golden.error !== undefined) {
    await assertStage(golden, async () => {
      const parser = await make();
      return () => parseAll(parser, golden.in);
    });
    return;
  }
  const parser = await make();
  assert.deepEqual(parseAll(parser, golden.in), golden.out);
  const { sec, nsec } = contextOf(golden.in).clock.now();
  const inputs = inputsOf(golden.in).map((input) => Buffer.from(input));
  for (const input of inputs) {
    if (!input.includes('\n')) claimLines(parser, input, new EventTime(sec, nsec));
  }
}

function parseAll(parser: Parser, input: GoldenCase['in']): unknown[] {
  return inputsOf(input).flatMap((text) => {
    const entries = parser.parse(text) ?? [null];
    return entries.map((entry) => {
      if (entry === null) return { unparsed: true };
      const time = entry.time === null ? null : [entry.time.sec, entry.time.nsec];
      return { time, record: writeMarks(entry.record) };
    });
  });
}

function inputsOf(input: GoldenCase['in']): readonly (string | Uint8Array)[] {
  if (Array.isArray(input['lines'])) return input['lines'];
  if (input['text_hex'] !== undefined) return [Buffer.from(String(input['text_hex']), 'hex')];
  return [String(input['text'])];
}
