import assert from 'node:assert/strict';
import type { TaggedEntry } from '../../event/entry.ts';
import type { GivenArguments, Shape } from '../../option/option.ts';
import type { Formatter } from '../../plugin/contract.ts';
import type { Plugin } from '../../plugin/define.ts';
import { event } from '../event.ts';
import { testContext } from '../test_context.ts';
import { makePlugin } from '../test_text.ts';
import { claimUnpolluted, outcomeOf, withUnchanged } from './claims.ts';
import { hostileEvents } from './hostile.ts';
import { type LawSettings, lawsOf } from './law.ts';

/** What the laws must know of a formatter. */
export interface FormatterLawSettings extends LawSettings {
  /** Events that it can write; strange ones come besides. */
  readonly samples?: readonly TaggedEntry[];
}

/** Declares as tests what holds for every formatter. */
export function formatterLaws<S extends Shape>(
  plugin: Plugin<'formatter', S>,
  ...[given, settings = {}]: GivenArguments<S, [settings?: FormatterLawSettings]>
): void {
  const law = lawsOf(plugin, settings);
  const samples = settings.samples ?? [event('app', { message: 'hello' })];
  const events = (): TaggedEntry[] => [
    ...samples.map(({ tag, time, record }) => event(tag, record, time)),
    ...hostileEvents(),
  ];
  const make = (): Promise<Formatter> => makePlugin(plugin, given, testContext());

  law('writes what it should be able to write', async () => {
    const format = await make();
    for (const sample of samples) format(sample, sample.tag);
  });
  law('gives text, bytes or an error, whatever it is given', async () => {
    const format = await make();
    for (const each of events()) {
      const outcome = outcomeOf(() => format(each, each.tag));
      if ('error' in outcome) continue;
      const { result } = outcome;
      assert(typeof result === 'string' || result instanceof Uint8Array, `it gave ${result}`);
    }
    claimUnpolluted();
  });
  law('writes the same of the same event, whatever came before', async () => {
    const [one, other] = [await make(), await make()];
    const forth = events().map((each) => print(one, each));
    const back = events()
      .toReversed()
      .map((each) => print(other, each));
    assert.deepEqual(forth, back.toReversed());
  });
  law('does not change the events that it is given', async () => {
    const format = await make();
    const fed = events();
    withUnchanged(fed, () => fed.map((each) => print(format, each)));
  });
}

/** What a formatter makes of an event, byte by byte. */
function print(format: Formatter, each: TaggedEntry): string {
  const outcome = outcomeOf(() => format(each, each.tag));
  if ('error' in outcome) return `threw ${outcome.error.message}`;
  return Buffer.from(outcome.result).toString('latin1');
}
