import assert from 'node:assert/strict';
import type { TaggedEntry } from '../../event/entry.ts';
import type { GivenArguments, Shape } from '../../option/option.ts';
import type { Plugin } from '../../plugin/define.ts';
import { event } from '../event.ts';
import { printEvent } from '../print_event.ts';
import { testContext } from '../test_context.ts';
import { makePlugin } from '../test_text.ts';
import { claimEntry, claimUnpolluted, outcomeOf, withUnchanged } from './claims.ts';
import { hostileEvents } from './hostile.ts';
import { type LawSettings, lawsOf } from './law.ts';

/** What the laws must know of a filter. */
export interface FilterLawSettings extends LawSettings {
  /** It gives events other times on purpose. */
  readonly changesTime?: boolean;
  /** Events that it does something with; strange ones come besides. */
  readonly samples?: readonly TaggedEntry[];
}

/** Declares as tests what holds for every filter. */
export function filterLaws<S extends Shape>(
  plugin: Plugin<'filter', S>,
  ...[given, settings = {}]: GivenArguments<S, [settings?: FilterLawSettings]>
): void {
  const law = lawsOf(plugin, settings);
  const events = (): TaggedEntry[] => [
    ...(settings.samples ?? []).map(({ tag, time, record }) => event(tag, record, time)),
    ...hostileEvents(),
  ];
  /** What a new one makes of events: one text for each, and the entries. */
  const run = async (fed: readonly TaggedEntry[]) => {
    const filter = await makePlugin(plugin, given, testContext());
    return fed.map((each) => {
      const outcome = outcomeOf(() => filter(each, each.tag));
      if ('error' in outcome) return { text: `threw ${outcome.error.message}`, entries: [] };
      const entries = outcome.result === null ? [] : [outcome.result].flat();
      return { text: entries.map(printEvent).join('\n'), entries };
    });
  };

  law('does not change the events that it is given', async () => {
    const fed = events();
    const filter = await makePlugin(plugin, given, testContext());
    withUnchanged(fed, () => {
      for (const each of fed) outcomeOf(() => filter(each, each.tag));
    });
  });
  law('makes the same of the same events', async () => {
    const texts = async (): Promise<string[]> => (await run(events())).map(({ text }) => text);
    assert.deepEqual(await texts(), await texts());
  });
  law('gives entries that can be stored, or throws errors, whatever it is given', async () => {
    for (const { entries } of await run(events())) for (const each of entries) claimEntry(each);
    claimUnpolluted();
  });
  law(
    settings.changesTime ? 'gives times that exist' : 'keeps times to the nanosecond',
    async () => {
      const fed = events();
      for (const [index, { entries }] of (await run(fed)).entries()) {
        const expected = fed[index]?.time;
        if (settings.changesTime !== true)
          for (const { time } of entries) assert.deepEqual(time, expected);
      }
    },
  );
}
