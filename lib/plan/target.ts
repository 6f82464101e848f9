import type { GivenArguments, Shape } from '../option/option.ts';
import { anyPlugin, type Plugin } from '../plugin/define.ts';
import type { BranchStep, NodeSettings, OutputSettings, TargetStep } from './step.ts';

/** Where a match, or a branch of a route, leads: what the methods of `Ways` give. */
export class Way {
  readonly branch: BranchStep;

  constructor(target: TargetStep, given: unknown) {
    this.branch = { target, given };
  }
}

/** The ways that events can go on: one of its methods is called, and what it gives is returned. */
export class Ways {
  readonly #given: unknown;

  /** `given` is what a branch says for its route. */
  constructor(given: unknown = {}) {
    this.#given = given;
  }

  /** To an output. */
  to<S extends Shape>(
    output: Plugin<'output', S>,
    ...[given, settings = {}]: GivenArguments<S, [settings?: OutputSettings]>
  ): Way {
    return this.#way({ form: 'output', plugin: anyPlugin(output), given, settings });
  }

  /** On to a label: `relabel`. */
  relabel(label: string, settings: NodeSettings = {}): Way {
    const branches: BranchStep[] = [{ target: { form: 'label', label }, given: {} }];
    return this.#way({ form: 'route', plugin: 'relabel', given: {}, settings, branches });
  }

  /** To all of several: `copy`. */
  copy(...stores: readonly ((way: CopyWays) => Way)[]): Way {
    const branches = stores.map((store) => store(new CopyWays()).branch);
    return this.#way({ form: 'route', plugin: 'copy', given: {}, settings: {}, branches });
  }

  /** To one of several, in turn: `roundrobin`. */
  roundrobin(...stores: readonly ((way: TurnWays) => Way)[]): Way {
    const branches = stores.map((store) => store(new TurnWays()).branch);
    return this.#way({ form: 'route', plugin: 'roundrobin', given: {}, settings: {}, branches });
  }

  /** By a route of another kind. `branches` are its ways out, in order. */
  route<S extends Shape>(
    route: Plugin<'route', S>,
    given: NoInfer<GivenArguments<S>[0]>,
    branches: readonly ((way: BranchWays) => Way)[],
    settings: NodeSettings = {},
  ): Way {
    return this.#way({
      form: 'route',
      plugin: anyPlugin(route),
      given,
      settings,
      branches: branches.map((branch) => branch(new BranchWays()).branch),
    });
  }

  #way(target: TargetStep): Way {
    return new Way(target, this.#given);
  }
}

/** The ways of a store of `copy`. */
export class CopyWays extends Ways {
  readonly #words: readonly string[];

  constructor(words: readonly string[] = []) {
    super(words.length === 0 ? {} : { argument: words.join(' ') });
    this.#words = words;
  }

  /** The source does not hear of it when this store fails. */
  ignoreError(): CopyWays {
    return new CopyWays([...this.#words, 'ignore_error']);
  }

  /** Only what the store before could not take goes to this one. */
  ifPreviousFailed(): CopyWays {
    return new CopyWays([...this.#words, 'ignore_if_prev_success']);
  }
}

/** The ways of a store of `roundrobin`. */
export class TurnWays extends Ways {
  /** How many shares of the batches it takes; 1 unless said. */
  weight(weight: number): Ways {
    return new Ways({ weight });
  }
}

/** The ways of a branch of any route. */
export class BranchWays extends Ways {
  /** What the branch says for the route: the route's `branchOptions`. */
  with(given: { readonly [option: string]: unknown }): Ways {
    return new Ways(given);
  }
}
