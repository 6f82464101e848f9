import { MillraceError } from '../../lib/error.ts';
import type { EventBatch } from '../../lib/event/batch.ts';
import { Delivery } from '../../lib/event/delivery.ts';
import type { Log } from '../../lib/log.ts';
import { boolean, oneOf, string } from '../../lib/option/declare.ts';
import { branches } from '../../lib/plugin/branch.ts';
import type { Directed, Route } from '../../lib/plugin/contract.ts';
import { defineRoute } from '../../lib/plugin/define.ts';
import { nestedList } from '../../lib/plugin/nested.ts';

/** What the argument of a `<store>` asks for. */
interface Store {
  readonly ignoresError: boolean;
  readonly isFallback: boolean;
}

export default defineRoute({
  type: 'copy',
  doc: 'Sends every event to all of its stores. The stores are independent: none waits for another or fails with it.',
  options: {
    store: nestedList('output', { doc: 'An output, or a route to further outputs.' }),
    copyMode: oneOf(['no_copy', 'shallow', 'deep', 'marshal'], {
      doc: 'Accepted for compatibility: events are immutable, so that no store can see another one change them.',
      default: 'no_copy',
    }),
    deepCopy: boolean({ doc: 'Accepted for compatibility, as `copy_mode`.', default: false }),
  },
  branches: 'store',
  branchOptions: {
    argument: string({
      doc: '`ignore_error`: the source does not hear of it when this store fails. `ignore_if_prev_success`: only what the store before could not take goes to this one.',
      default: '',
    }),
  },
  create(_, context) {
    if (context.branches.length === 0)
      throw new MillraceError('MR_OPTION', 'route `copy` needs at least one `<store>`');
    const stores = context.branches.map(readStore);
    for (const [index, store] of stores.entries()) {
      const previous = stores[index - 1];
      if (store.isFallback && previous?.ignoresError !== true) {
        context.log.warn(
          '`ignore_if_prev_success` follows no store with `ignore_error`: nothing will ever go there',
          { branch: index },
        );
      }
    }
    return copyTo(stores, context.log);
  },
});

/** The words in the argument of a `<store>`; an unknown one is ignored as in Fluentd. */
function readStore(branch: { readonly [key: string]: unknown }): Store {
  const words = String(branch['argument'] ?? '').split(/[\s,]+/);
  return {
    ignoresError: words.includes('ignore_error'),
    isFallback: words.includes('ignore_if_prev_success'),
  };
}

function copyTo(stores: readonly Store[], log: Log): Route {
  if (stores.every((store) => !store.ignoresError && !store.isFallback)) {
    return (batch) =>
      branches(batch, stores.length).map((copy, branch) => ({ branch, batch: copy }));
  }
  return (batch) => {
    const copies = branches(batch, stores.length);
    const directed: Directed[] = [];
    let previous: Delivery | undefined;
    for (const [branch, copy] of copies.entries()) {
      const store = stores[branch];
      const unless = store?.isFallback === true ? previous : undefined;
      const { tried, result } = follow(copy, store?.ignoresError === true, (error) => {
        log.error('a store failed and is ignored', { branch, error });
      });
      directed.push({ branch, batch: tried, unless });
      previous = result;
    }
    return directed;
  };
}

/**
 * The copy with a delivery whose failure does not reach the source if `ignoresError`, and a delivery that the next
 * store can wait for: nacked when the copy failed and that is ignored, acked in all other cases. (A failure that is
 * not ignored makes the source offer the batch again, to every store.)
 */
function follow(
  copy: EventBatch,
  ignoresError: boolean,
  onIgnored: (cause: Error) => void,
): { readonly tried: EventBatch; readonly result: Delivery } {
  const result = new Delivery(copy.delivery.level);
  if (!ignoresError) {
    copy.delivery.onSettled(() => result.ack());
    return { tried: copy, result };
  }
  const delivery = new Delivery(copy.delivery.level);
  delivery.onSettled((outcome) => {
    if (outcome.ok) result.ack();
    else {
      onIgnored(outcome.cause);
      result.nack(outcome.cause);
    }
    copy.delivery.ack();
  });
  return { tried: copy.derive({ delivery }), result };
}
