import assert from 'node:assert/strict';
import { EventTime } from '../../event/time.ts';
import type { GivenArguments, Shape } from '../../option/option.ts';
import type { Parser } from '../../plugin/contract.ts';
import type { Plugin } from '../../plugin/define.ts';
import { printEvent } from '../print_event.ts';
import { testContext } from '../test_context.ts';
import { makePlugin } from '../test_text.ts';
import { claimLines } from './claim_lines.ts';
import { claimTime, claimUnpolluted, claimValue, outcomeOf } from './claims.ts';
import { hostileTexts } from './hostile.ts';
import { type LawSettings, lawsOf } from './law.ts';

/** What the laws must know of a parser. */
export interface ParserLawSettings extends LawSettings {
  /** Texts that it can read; they are tried whole, cut and damaged. */
  readonly samples?: readonly (string | Uint8Array)[];
}

/** Declares as tests what holds for every parser. */
export function parserLaws<S extends Shape>(
  plugin: Plugin<'parser', S>,
  ...[given, settings = {}]: GivenArguments<S, [settings?: ParserLawSettings]>
): void {
  const law = lawsOf(plugin, settings);
  const { samples = [] } = settings;
  const make = (): Promise<Parser> => makePlugin(plugin, given, testContext());

  law('reads what it should be able to read', async () => {
    const parser = await make();
    for (const sample of samples) {
      const entries = (parser.parse(sample) ?? []).filter((each) => each !== null);
      assert(entries.length > 0, `it does not read ${Buffer.from(sample)}`);
    }
  });
  law('gives entries, no match or an error, whatever the bytes are', async () => {
    const parser = await make();
    for (const bytes of hostileTexts(samples)) {
      const outcome = outcomeOf(() => parser.parse(bytes));
      if ('error' in outcome || outcome.result === null) continue;
      for (const parsed of outcome.result) {
        if (parsed === null) continue;
        if (parsed.time !== null) claimTime(parsed.time);
        claimValue(parsed.record);
      }
    }
    claimUnpolluted();
  });
  law('makes the same of the same text, whatever came before', async () => {
    const texts = hostileTexts(samples);
    const [one, other] = [await make(), await make()];
    const forth = texts.map((text) => print(one, text));
    const back = texts.toReversed().map((text) => print(other, text));
    assert.deepEqual(forth, back.toReversed());
    assert.deepEqual(
      texts.map((text) => print(one, text)),
      forth,
    );
  });
  law('makes the same of a text and of its bytes', async () => {
    const parser = await make();
    for (const bytes of hostileTexts(samples)) {
      const text = Buffer.from(bytes).toString();
      if (!Buffer.from(text).equals(bytes)) continue;
      assert.equal(print(parser, text), print(parser, bytes));
    }
  });
  law('reads lines as it parses each of them', async () => {
    const context = testContext();
    const parser = await makePlugin(plugin, given, context);
    const { sec, nsec } = context.clock.now();
    const now = new EventTime(sec, nsec);
    const texts = hostileTexts(samples).map((text) => Buffer.from(text));
    for (const text of texts) claimLines(parser, text, now);
    claimLines(parser, Buffer.concat(texts.flatMap((text) => [text, Buffer.from('\n')])), now);
  });
  law('does not change the bytes that it is given', async () => {
    const parser = await make();
    for (const bytes of hostileTexts(samples)) {
      const before = bytes.slice();
      outcomeOf(() => parser.parse(bytes));
      assert.deepEqual(bytes, before);
    }
  });
}

/** What a parser makes of a text, as a text. */
function print(parser: Parser, input: string | Uint8Array): string {
  const outcome = outcomeOf(() => parser.parse(input));
  if ('error' in outcome) return `threw ${outcome.error.message}`;
  const parts = outcome.result?.map((parsed) => {
    if (parsed === null) return 'no match';
    return printEvent({ time: parsed.time ?? undefined, record: parsed.record });
  });
  return parts === undefined ? 'no match at all' : parts.join('\n');
}
