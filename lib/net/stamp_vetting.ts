import { createHash } from 'node:crypto';
import type { ForwardOptions } from '../codec/forward_options.ts';
import type { Agent } from '../event/agent.ts';
import type { Origin } from '../event/origin.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { LogFields } from '../log.ts';

/** Whom a listener believes what they say of agents. */
export interface Trust {
  /** An agent is bound to the identity in its certificate, and others are not believed; else all are. */
  readonly bindsAgents: boolean;
  /** Whether who has this identity may pass on what agents said to it; undefined: everybody may. */
  readonly mayRelay: ((identity: string) => boolean) | undefined;
}

/** Who has sent a frame. */
export interface Sender {
  readonly address: string;
  /** By its certificate. */
  readonly identity: string | undefined;
}

/** Takes out of the options of a frame what its sender may not say. The events are stored all the same. */
export type StampVetting = (options: ForwardOptions, sender: Sender) => ForwardOptions;

/** Makes the vetting of a listener. `warn` is told of all that is not believed, and need not log it all. */
export function stampVetting(
  { bindsAgents, mayRelay }: Trust,
  fleet: Pick<Fleet, 'judge' | 'refused'>,
  warn: (kind: string, message: string, fields: LogFields) => void,
): StampVetting {
  if (!bindsAgents) return (options) => options;
  const tell = (message: string, agent: Agent | undefined, sender: Sender, more: LogFields) => {
    const { address: client, identity } = sender;
    const who = agent !== undefined && { agent: agent.name, agentId: agent.id };
    warn('refused stamps', `the stamp of events was refused, and they were stored: ${message}`, {
      ...{ client, ...(identity !== undefined && { identity }), ...who, ...more },
    });
  };
  const isBelieved = (
    { agent, origin }: { readonly agent: Agent | undefined; readonly origin: Origin },
    sender: Sender,
    isRelay: boolean,
  ): boolean => {
    const claim = { agentId: agent?.id, source: origin.source };
    const objection = fleet.judge(claim, { identity: sender.identity, isRelay });
    if (objection === undefined) return true;
    const { agentId, boundTo } = objection;
    tell('their agent is bound to another identity', agent, sender, { agentId, boundTo });
    return false;
  };
  return (options, sender) => {
    const { origin, stamp, relayed } = options;
    if (origin === undefined) return options;
    if (!isBelieved({ agent: stamp?.agent, origin }, sender, false)) {
      const claimed = claimedOrigin(origin, sender.identity);
      return { ...options, origin: claimed, stamp: undefined, relayed: undefined };
    }
    if (relayed === undefined) return options;
    const { identity } = sender;
    const isRelay = mayRelay === undefined || (identity !== undefined && mayRelay(identity));
    const believed = relayed.filter((each) => {
      if (isRelay) return isBelieved(each, sender, true);
      fleet.refused(each.agent.id);
      tell('who sent them is no relay', each.agent, sender, {});
      return false;
    });
    return believed.length === relayed.length ? options : { ...options, relayed: believed };
  };
}

/**
 * The origin of events that somebody claims to have from the source of an agent. It tells them when they come
 * again, and never takes the agent's own for a repetition: that would lose them.
 */
function claimedOrigin(origin: Origin, identity: string | undefined): Origin {
  const claim = JSON.stringify([identity ?? null, origin.source]);
  return { ...origin, source: `claimed:${createHash('sha256').update(claim).digest('base64url')}` };
}
