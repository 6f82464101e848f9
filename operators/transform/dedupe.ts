import { accessors, duration, integer } from '../../lib/option/declare.ts';
import type { Operator } from '../../lib/plugin/contract.ts';
import { defineOperator } from '../../lib/plugin/define.ts';
import { compileKeepEntries } from '../../lib/plugin/keep_entries.ts';
import { compileRecordKey } from '../../lib/plugin/record_key.ts';

export default defineOperator({
  type: 'dedupe',
  doc: 'Drops an event when one like it has passed a short while ago.',
  options: {
    keys: accessors({
      doc: 'The fields by which events are alike; an absent field counts as null. Without it the whole record counts, in the order of its fields. Time and tag do not.',
      default: [],
    }),
    window: duration({
      doc: 'How long an event is remembered after it has passed, by the clock of this process. Those that are dropped do not prolong it: of events that repeat without end one passes in each window.',
      default: 60_000,
    }),
    maxKeys: integer({
      doc: 'How many different events are remembered at most. Beyond it the one that was seen least recently is forgotten.',
      default: 100_000,
      min: 1,
    }),
  },
  create({ keys, window: windowMs, maxKeys }, context): Operator {
    const keyOf = compileRecordKey(keys);
    const keep = compileKeepEntries(context);
    return async function* (source) {
      const memory = new Memory(maxKeys);
      for await (const batch of source) {
        const nowMs = context.clock.monotonicMs();
        const passing: Passing = { endMs: nowMs + windowMs };
        const added: string[] = [];
        const kept = keep(batch, ({ record }) => {
          const key = keyOf(record);
          if (memory.hasSeen(key, nowMs)) return false;
          memory.add(key, passing);
          added.push(key);
          return true;
        });
        if (kept === undefined) continue;
        // A batch that is not safe is offered again: it must not be taken for its own repetition.
        batch.delivery.onSettled((outcome) => {
          if (!outcome.ok) for (const key of added) memory.forget(key, passing);
        });
        yield kept;
      }
    };
  },
});

/** When a batch has passed: until when its events are remembered. */
interface Passing {
  readonly endMs: number;
}

/** What has passed, the least recently seen first. */
class Memory {
  readonly #maxKeys: number;
  readonly #passed = new Map<string, Passing>();

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  hasSeen(key: string, nowMs: number): boolean {
    const passing = this.#passed.get(key);
    if (passing === undefined || nowMs >= passing.endMs) return false;
    this.#put(key, passing);
    return true;
  }

  add(key: string, passing: Passing): void {
    this.#put(key, passing);
    if (this.#passed.size <= this.#maxKeys) return;
    for (const oldest of this.#passed.keys()) {
      this.#passed.delete(oldest);
      return;
    }
  }

  /** Forgets a key, unless it has passed again since. */
  forget(key: string, passing: Passing): void {
    if (this.#passed.get(key) === passing) this.#passed.delete(key);
  }

  #put(key: string, passing: Passing): void {
    this.#passed.delete(key);
    this.#passed.set(key, passing);
  }
}
