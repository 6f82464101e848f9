import type { Agent, RelayedStamp, Stamp } from '../event/agent.ts';
import { type Arrival, EpochAccount, type EpochState } from './epoch_account.ts';
import { Rate } from './rate.ts';

/** Epochs of a source that are remembered; the oldest are given up first. */
const epochLimit = 8;
/** Sources of an agent, one for each of its buffers that send to us. */
const sourceLimit = 32;

/** What has come of one agent. */
export interface Totals {
  /** Frames that came for the first time; a chunk is one, or several if it is large. */
  frames: number;
  events: number;
  /** Of these, frames that came after later ones of their source. */
  lateFrames: number;
  repeatedFrames: number;
  repeatedEvents: number;
  /** What others said as this agent, or of it, and was not believed. */
  refusedStamps: number;
}

/** All that is known of an agent. */
export class AgentAccount {
  agent: Agent;
  /** Where it was last seen to come from. */
  address: string;
  receivers: number;
  readonly firstSeenMs: number;
  lastSeenMs: number;
  /** How old what arrived last was when it was sent. */
  ageMs: number;
  readonly totals: Totals = {
    ...{ frames: 0, events: 0, lateFrames: 0, repeatedFrames: 0, repeatedEvents: 0 },
    refusedStamps: 0,
  };
  readonly rate = new Rate();
  /** By source and epoch, in the order in which they were first heard of. */
  readonly #sources = new Map<string, Map<number, EpochAccount>>();

  constructor(stamp: Pick<Stamp, 'agent' | 'receivers'>, address: string, firstSeenMs: number) {
    this.agent = stamp.agent;
    this.receivers = stamp.receivers;
    this.address = address;
    this.firstSeenMs = firstSeenMs;
    this.lastSeenMs = firstSeenMs;
    this.ageMs = 0;
  }

  get sources(): ReadonlyMap<string, ReadonlyMap<number, EpochState>> {
    return this.#sources;
  }

  /** Events with this stamp are stored. */
  stored(stamp: RelayedStamp, nowMs: number): Arrival {
    const { agent, origin, receivers, ageMs, count } = stamp;
    this.agent = agent;
    this.receivers = receivers;
    this.ageMs = ageMs;
    this.lastSeenMs = nowMs;
    const arrival = this.#accountFor(origin.source, origin.epoch, origin.low).add(stamp);
    const { totals } = this;
    if (arrival === 'repeated') {
      totals.repeatedFrames += 1;
      totals.repeatedEvents += count;
    } else {
      totals.frames += 1;
      totals.events += count;
      if (arrival === 'late') totals.lateFrames += 1;
      this.rate.add(count, nowMs);
    }
    return arrival;
  }

  /** Puts an account back as it was kept. */
  restore(source: string, epoch: number, state: EpochState): void {
    this.#epochsOf(source).set(epoch, new EpochAccount(state));
  }

  #accountFor(source: string, epoch: number, low: number): EpochAccount {
    const epochs = this.#epochsOf(source);
    const known = epochs.get(epoch);
    if (known !== undefined) return known;
    // Who has seen an earlier epoch of a source sees this one from its beginning.
    const isFollowed = [...epochs.keys()].some((earlier) => earlier < epoch);
    const account = EpochAccount.from(isFollowed ? 0 : low);
    epochs.set(epoch, account);
    if (epochs.size > epochLimit) epochs.delete(Math.min(...epochs.keys()));
    return account;
  }

  #epochsOf(source: string): Map<number, EpochAccount> {
    const known = this.#sources.get(source);
    if (known !== undefined) return known;
    const epochs = new Map<number, EpochAccount>();
    this.#sources.set(source, epochs);
    if (this.#sources.size > sourceLimit) {
      for (const oldest of this.#sources.keys()) {
        this.#sources.delete(oldest);
        break;
      }
    }
    return epochs;
  }
}
