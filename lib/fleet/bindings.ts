/** Bindings that are remembered. */
const bindingLimit = 100_000;

/** Who says something of an agent. */
export interface Speaker {
  /** Who it is by its certificate; undefined without one, or when that has no name. */
  readonly identity: string | undefined;
  /** It tells what the agent said to it, not what it says of itself. */
  readonly isRelay: boolean;
}

/** Why somebody is not believed: the agent is bound to another identity. */
export interface Objection {
  readonly agentId: string;
  readonly boundTo: string;
}

/**
 * Which agents are bound to identities of certificates. Nobody else is believed when he speaks as such an agent;
 * a relay may speak of it, if it has a certificate itself.
 */
export class Bindings {
  readonly #identities = new Map<string, string>();
  readonly #limit: number;

  constructor(limit: number = bindingLimit) {
    this.#limit = limit;
  }

  /** By the ids of agents. */
  get identities(): ReadonlyMap<string, string> {
    return this.#identities;
  }

  /** Binds an agent, whatever it was bound to. */
  bind(agentId: string, identity: string): void {
    this.#identities.set(agentId, identity);
    if (this.#identities.size > this.#limit) this.#forget();
  }

  /** What stands against what somebody says as, or of, any of these agents. */
  objection(agentIds: Iterable<string>, { identity, isRelay }: Speaker): Objection | undefined {
    for (const agentId of agentIds) {
      const boundTo = this.#identities.get(agentId);
      if (boundTo === undefined || boundTo === identity) continue;
      if (!isRelay || identity === undefined) return { agentId, boundTo };
    }
    return undefined;
  }

  /** The oldest of the identity that has most: who makes up ids without end drives out only his own. */
  #forget(): void {
    const counts = new Map<string, number>();
    for (const identity of this.#identities.values()) {
      counts.set(identity, (counts.get(identity) ?? 0) + 1);
    }
    const most = Math.max(...counts.values());
    for (const [agentId, identity] of this.#identities) {
      if (counts.get(identity) !== most) continue;
      this.#identities.delete(agentId);
      return;
    }
  }
}
