import { MillraceError, toError } from '../error.ts';
import type { TaggedEntry } from '../event/entry.ts';
import type { PluginContext } from './context.ts';
import type { EntryBasket } from './entry_basket.ts';
import type { EntryFlow, EntryStage } from './entry_flow.ts';
import type { EntryIntake } from './entry_intake.ts';
import { stalled } from './guard_operator.ts';
import { Patience } from './patience.ts';
import { toEntry } from './user_code.ts';

/** A stage on its way, with what it takes from and gives to. */
export interface Driving {
  readonly stage: EntryStage;
  readonly intake: EntryIntake;
  readonly basket: EntryBasket;
  readonly context: PluginContext;
  readonly signal: AbortSignal;
}

/** Why a turn ended, and the entry that it had taken and not dealt with. */
export interface TurnFailure {
  readonly entry: TaggedEntry | undefined;
  readonly cause: Error;
}

/** One run of a stage on entries: what comes from it when it is over is ignored. */
export class EntryTurn implements EntryFlow {
  readonly #driving: Driving;
  readonly #patience: Patience;
  readonly #over = new AbortController();
  #inHand: TaggedEntry | undefined;
  #failed: TaggedEntry | undefined;
  #taken = 0;
  #end: (failure: TurnFailure | undefined) => void = () => {};

  constructor(driving: Driving) {
    this.#driving = driving;
    this.#patience = new Patience(driving.context.clock, () => this.#fall(stalled()));
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether it dealt with an entry and asked for another one. */
  get hasComeBack(): boolean {
    return this.#taken > 1;
  }

  /** Resolves when the stage has ended, with what made it fail; it never rejects. */
  async run(): Promise<TurnFailure | undefined> {
    const { stage, signal } = this.#driving;
    const stopped = (): void => this.#end(undefined);
    signal.addEventListener('abort', stopped, { once: true });
    try {
      return await new Promise<TurnFailure | undefined>((resolve) => {
        this.#end = resolve;
        if (signal.aborted) stopped();
        else startStage(() => stage(this)).then(stopped, (thrown) => this.#fall(toError(thrown)));
      });
    } finally {
      signal.removeEventListener('abort', stopped);
      this.#patience.close();
      this.#over.abort();
    }
  }

  take(): TaggedEntry | undefined | Promise<TaggedEntry | undefined> {
    if (this.signal.aborted) return undefined;
    this.#patience.end();
    this.#inHand = undefined;
    const next = this.#driving.intake.next();
    return next instanceof Promise ? next.then((entry) => this.#take(entry)) : this.#take(next);
  }

  give(value: unknown): Promise<void> | undefined {
    if (this.signal.aborted) return undefined;
    let given: TaggedEntry;
    try {
      given = this.#toTagged(value);
    } catch (thrown) {
      this.fail(toError(thrown));
      return undefined;
    }
    const { time, tag, record } = given;
    const wait = this.#driving.basket.put(tag, { time, record });
    if (wait === undefined) {
      this.#goOn();
      return undefined;
    }
    this.#patience.end();
    return wait.then(() => this.#goOn());
  }

  fail(cause: Error): void {
    if (this.signal.aborted) return;
    const { context, intake } = this.#driving;
    const entry = this.#inHand ?? intake.last;
    if (entry === undefined) throw cause;
    if (entry === this.#failed) {
      context.log.warn('an event that has failed already failed again', { error: cause });
    } else context.emitError(entry.tag, entry, cause);
    this.#failed = entry;
    this.#goOn();
  }

  #take(entry: TaggedEntry | undefined): TaggedEntry | undefined {
    this.#inHand = entry;
    if (entry !== undefined) this.#taken += 1;
    this.#goOn();
    return entry;
  }

  /** The code has the turn again, if it has something to deal with. */
  #goOn(): void {
    if (this.#inHand !== undefined && !this.signal.aborted) this.#patience.begin();
  }

  #fall(cause: Error): void {
    this.#end({ entry: this.#inHand, cause });
  }

  /** @throws MR_EVENT when it is no entry */
  #toTagged(value: unknown): TaggedEntry {
    const { time, record } = toEntry(value);
    const given =
      typeof value === 'object' && value !== null && 'tag' in value ? value.tag : undefined;
    const tag = given ?? this.#driving.intake.last?.tag;
    if (typeof tag === 'string' && tag !== '') return { time, tag, record };
    throw new MillraceError('MR_EVENT', 'user code gave an entry whose `tag` is no text');
  }
}

/** What a stage throws before it gives a promise is its failure, too. */
async function startStage(start: () => Promise<void>): Promise<void> {
  await start();
}
