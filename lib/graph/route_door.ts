import { toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Delivery } from '../event/delivery.ts';
import type { Directed, Route } from '../plugin/contract.ts';
import { type Door, whenAll } from './door.ts';
import type { ErrorExit } from './error_exit.ts';

/** A route with its branches. A route that throws sends the whole batch to `@ERROR`. */
export class RouteDoor implements Door {
  readonly #id: string;
  readonly #route: Route;
  readonly #branches: readonly Door[];
  readonly #errors: ErrorExit;

  constructor(id: string, route: Route, branches: readonly Door[], errors: ErrorExit) {
    this.#id = id;
    this.#route = route;
    this.#branches = branches;
    this.#errors = errors;
  }

  offer(batch: EventBatch): Promise<void> | undefined {
    let directed: readonly Directed[];
    try {
      directed = this.#route(batch);
    } catch (thrown) {
      return this.#errors.offerAll(batch, { stageId: this.#id, cause: toError(thrown) });
    }
    return whenAll(directed.map((each) => this.#offerTo(each)));
  }

  #offerTo({ branch, batch, unless }: Directed): Promise<void> | undefined {
    const door = this.#branches[branch];
    if (door !== undefined)
      return unless === undefined ? door.offer(batch) : offerUnless(unless, door, batch);
    batch.delivery.nack(new RangeError(`route \`${this.#id}\` has no branch ${branch}`));
    return undefined;
  }
}

/** Offers the batch when the delivery that it depends on fails; acknowledges it when that one succeeds. */
async function offerUnless(unless: Delivery, door: Door, batch: EventBatch): Promise<void> {
  const outcome = await unless.settled;
  if (outcome.ok) batch.delivery.ack();
  else await door.offer(batch);
}
