import type { EventBatch } from '../event/batch.ts';
import type { Entry } from '../event/entry.ts';
import { errorOrigin } from '../event/origin.ts';
import { compileTagPattern, type TagPattern } from '../event/tag_pattern.ts';
import type { Log } from '../log.ts';
import type { Counter } from '../metric/metric.ts';
import { setFields } from '../stream/constant_fields.ts';
import { type FilterStage, runFilters } from '../stream/filter_chain.ts';
import { type Door, whenAll } from './door.ts';
import type { ErrorExit } from './error_exit.ts';

/** A stream operator standing among the rules: batches leave it again at the rule after it. */
export interface OperatorDoor extends Door {
  /** Says where batches go on. */
  connect(next: (batch: EventBatch) => Promise<void> | undefined): void;
}

/** A rule of a label, with what stands behind it already made. */
export type JunctionRule =
  | { readonly form: 'filter'; readonly pattern: string; readonly stage: FilterStage }
  | { readonly form: 'operator'; readonly pattern: string; readonly door: OperatorDoor }
  | { readonly form: 'match'; readonly pattern: string; readonly door: Door };

/** What a junction is made of. */
export interface JunctionSetup {
  readonly label: string;
  readonly rules: readonly JunctionRule[];
  readonly errors: ErrorExit;
  readonly log: Log;
  readonly unmatched: Counter;
  /** Is told of what no match wants; it must neither throw nor wait. */
  readonly onUnmatched?: ((batch: EventBatch) => void) | undefined;
}

/** The way of one tag: the filters up to the first output, or operator, that matches; all of them when none does. */
interface TagRoute {
  /** The rule that it begins at: 0, or the one after an operator. */
  readonly from: number;
  readonly stages: readonly FilterStage[];
  readonly door: Door;
}

/** Tags are the sender's choice, so the cache of routes is bounded in number and length. */
const routeCacheSize = 4096;
const longestCachedTag = 1024;

/** Where the streams of one label meet: it finds the way of each tag, runs its filters, and offers the batch on. */
export class Junction implements Door {
  readonly #setup: JunctionSetup;
  readonly #patterns: readonly TagPattern[];
  readonly #routes = new Map<string, TagRoute>();
  #unmatchedSeen = 0;

  constructor(setup: JunctionSetup) {
    this.#setup = setup;
    this.#patterns = setup.rules.map((rule) => compileTagPattern(rule.pattern));
    setup.rules.forEach((rule, index) => {
      if (rule.form === 'operator') rule.door.connect((batch) => this.#offerFrom(index + 1, batch));
    });
  }

  offer(batch: EventBatch): Promise<void> | undefined {
    let route = this.#routes.get(batch.tag);
    if (route === undefined) {
      route = this.#findRoute(batch.tag, 0);
      if (this.#routes.size >= routeCacheSize) this.#routes.clear();
      if (batch.tag.length <= longestCachedTag) this.#routes.set(batch.tag, route);
    }
    return this.#pass(batch, route);
  }

  #offerFrom(rule: number, batch: EventBatch): Promise<void> | undefined {
    return this.#pass(batch, this.#findRoute(batch.tag, rule));
  }

  #findRoute(tag: string, from: number): TagRoute {
    const stages: FilterStage[] = [];
    const { rules } = this.#setup;
    for (let index = from; index < rules.length; index += 1) {
      const rule = rules[index];
      if (rule === undefined || this.#patterns[index]?.matches(tag) !== true) continue;
      if (rule.form !== 'filter') return { from, stages, door: rule.door };
      stages.push(rule.stage);
    }
    return { from, stages, door: { offer: (batch) => this.#noMatch(batch) } };
  }

  #pass(batch: EventBatch, route: TagRoute): Promise<void> | undefined {
    if (route.stages.length === 0) return route.door.offer(batch);
    const undecoded = setFields(route.stages, batch);
    if (undecoded !== undefined) return route.door.offer(batch.with(undecoded));
    const { kept, failures } = runFilters(route.stages, batch);
    if (kept === undefined) return route.door.offer(batch);
    if (failures.length === 0) return offerOrAck(route.door, batch, kept);
    const [goodDelivery, badDelivery] = batch.delivery.split(2);
    if (goodDelivery === undefined || badDelivery === undefined) return undefined;
    const good = batch.derive({ delivery: goodDelivery });
    // The good entries keep the origin; the bad ones need one of their own to be stored beside them.
    const origin = errorOrigin(batch.origin, `${this.#setup.label}+${route.from}`);
    const bad = batch.derive({ delivery: badDelivery, origin });
    const wait = this.#setup.errors.offer(bad.with(failures.map((each) => each.entry)), failures);
    const more = offerOrAck(route.door, good, kept);
    return whenAll([wait, more]);
  }

  /** No output wants the tag: dropped on purpose, said so at 1, 2, 4, ... batches and then every 512. */
  #noMatch(batch: EventBatch): undefined {
    this.#unmatchedSeen += 1;
    this.#setup.unmatched.add(batch.count);
    this.#setup.onUnmatched?.(batch);
    const seen = this.#unmatchedSeen;
    const isPowerOfTwo = (seen & (seen - 1)) === 0;
    if (seen <= 512 ? isPowerOfTwo : seen % 512 === 0) {
      const { label } = this.#setup;
      this.#setup.log.warn('no <match> for a tag; its events are dropped', {
        tag: batch.tag,
        label,
        seen,
      });
    }
    batch.delivery.ack();
    return undefined;
  }
}

function offerOrAck(
  door: Door,
  batch: EventBatch,
  kept: readonly Entry[],
): Promise<void> | undefined {
  if (kept.length > 0) return door.offer(batch.with(kept));
  batch.delivery.ack();
  return undefined;
}
