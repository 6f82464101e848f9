import { MillraceError } from '../../lib/error.ts';
import type { Entry } from '../../lib/event/entry.ts';
import { accessors, float, integer } from '../../lib/option/declare.ts';
import type { PluginContext } from '../../lib/plugin/context.ts';
import type { Operator } from '../../lib/plugin/contract.ts';
import { defineOperator } from '../../lib/plugin/define.ts';
import { compileKeepEntries } from '../../lib/plugin/keep_entries.ts';
import { compileRecordKey } from '../../lib/plugin/record_key.ts';
import { hashText } from '../../lib/plugin/text_hash.ts';

export default defineOperator({
  type: 'sample',
  doc: 'Keeps a share of the events and drops the others.',
  options: {
    rate: float({
      doc: 'The share that is kept, from 0 (none) to 1 (all). Either this or `every`.',
    }),
    every: integer({
      doc: 'One event of so many is kept: the first, and then each nth. With `key`, one key of so many.',
      min: 1,
    }),
    key: accessors({
      doc: 'Fields that decide: events with the same values are all kept or all dropped, in every process. Without it chance decides, or the count.',
      default: [],
    }),
  },
  create(options, context): Operator {
    const keep = compileKeepEntries(context);
    const isKept = compileChoice(options, context);
    return async function* (source) {
      for await (const batch of source) {
        const kept = keep(batch, isKept);
        if (kept !== undefined) yield kept;
      }
    };
  },
});

interface Choice {
  readonly rate: number | undefined;
  readonly every: number | undefined;
  readonly key: Parameters<typeof compileRecordKey>[0];
}

function compileChoice(
  { rate, every, key }: Choice,
  context: PluginContext,
): (entry: Entry) => boolean {
  if ((rate === undefined) === (every === undefined)) {
    throw new MillraceError('MR_OPTION', 'operator `sample` needs either `rate` or `every`');
  }
  const share = rate ?? 1 / (every ?? 1);
  if (!(share >= 0 && share <= 1)) {
    throw new MillraceError('MR_OPTION', `operator \`sample\`: \`rate\` is 0 to 1, not ${share}`);
  }
  if (key.length > 0) {
    const keyOf = compileRecordKey(key);
    return ({ record }) => hashText(keyOf(record)) < share;
  }
  if (every === undefined) return () => context.random() < share;
  let seen = 0;
  return () => {
    const isTurn = seen === 0;
    seen = (seen + 1) % every;
    return isTurn;
  };
}
