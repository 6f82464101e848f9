import { positionsPerChunk } from '../event/agent.ts';
import { IntervalSet } from '../event/interval_set.ts';
import type { AgentAccount, Totals } from './agent_account.ts';
import { type EpochState, pairs } from './epoch_account.ts';

/** What is known of one epoch of a source. */
export interface EpochReport extends EpochState {
  readonly source: string;
  readonly epoch: number;
}

/** What is known of an agent, as JSON can say it. Times are milliseconds since 1970. */
export interface AgentReport extends Totals {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly labels: { readonly [name: string]: string };
  readonly address: string;
  /** The identity in certificates that it is bound to; undefined: it is bound to none. */
  readonly identity: string | undefined;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Events that came for the first time, over the last minute. */
  readonly eventsPerSecond: number;
  /** How old what arrived last was when it was sent. */
  readonly ageMs: number;
  /** Among so many receivers the agent shares its chunks out. */
  readonly receivers: number;
  /** From how many receivers this report is. */
  readonly reporters: number;
  /** Chunks that were sent to none of the receivers that report, or did not arrive, and will not come any more. */
  readonly missingChunks: number;
  /** Chunks that arrived at more than one of the receivers. */
  readonly doubledChunks: number;
  readonly epochs: readonly EpochReport[];
}

/** Whether nothing is missing, as far as the reporters can know. */
export type Completeness = 'complete' | 'incomplete' | 'partly seen';

/** What is known of an account. */
export function reportOf(
  account: AgentAccount,
  identity: string | undefined,
  nowMs: number,
): AgentReport {
  const { agent, totals } = account;
  const epochs = epochsOf(account);
  return {
    id: agent.id,
    name: agent.name,
    version: agent.version,
    labels: Object.fromEntries(agent.labels),
    address: account.address,
    identity,
    firstSeenMs: account.firstSeenMs,
    lastSeenMs: account.lastSeenMs,
    eventsPerSecond: account.rate.perSecond(nowMs),
    ageMs: account.ageMs,
    receivers: account.receivers,
    reporters: 1,
    ...totals,
    missingChunks: sum(epochs, ({ missing }) => chunksIn(missing)),
    doubledChunks: 0,
    epochs,
  };
}

/** What is known of each epoch of each source of an agent. */
export function epochsOf({ sources }: AgentAccount): EpochReport[] {
  return [...sources].flatMap(([source, states]) =>
    [...states].map(([epoch, { since, low, high, arrived, missing }]) => ({
      ...{ source, epoch, since, low, high, arrived: [...arrived], missing: [...missing] },
    })),
  );
}

/** What several receivers know of their agents together: what one misses another may have. */
export function mergeReports(reports: readonly (readonly AgentReport[])[]): AgentReport[] {
  const merged = new Map<string, AgentReport>();
  for (const agent of reports.flat()) {
    const known = merged.get(agent.id);
    merged.set(agent.id, known === undefined ? agent : mergeTwo(known, agent));
  }
  return [...merged.values()];
}

/** Whether all that an agent sent has arrived. */
export function completenessOf(report: AgentReport): Completeness {
  if (report.missingChunks === 0) return 'complete';
  return report.reporters < report.receivers ? 'partly seen' : 'incomplete';
}

function mergeTwo(one: AgentReport, other: AgentReport): AgentReport {
  const later = one.lastSeenMs > other.lastSeenMs ? one : other;
  const epochs = new Map<string, EpochReport>();
  let doubled = 0;
  for (const each of [...one.epochs, ...other.epochs]) {
    const key = `${each.source} ${each.epoch}`;
    const known = epochs.get(key);
    if (known !== undefined) doubled += chunksIn(common(arrivedOf(known), arrivedOf(each)));
    epochs.set(key, known === undefined ? each : mergeEpochs(known, each));
  }
  const all = [...epochs.values()];
  return {
    ...later,
    identity: later.identity ?? one.identity ?? other.identity,
    firstSeenMs: Math.min(one.firstSeenMs, other.firstSeenMs),
    eventsPerSecond: one.eventsPerSecond + other.eventsPerSecond,
    ageMs: Math.max(one.ageMs, other.ageMs),
    receivers: Math.max(one.receivers, other.receivers),
    reporters: one.reporters + other.reporters,
    frames: one.frames + other.frames,
    events: one.events + other.events,
    lateFrames: one.lateFrames + other.lateFrames,
    repeatedFrames: one.repeatedFrames + other.repeatedFrames,
    repeatedEvents: one.repeatedEvents + other.repeatedEvents,
    refusedStamps: one.refusedStamps + other.refusedStamps,
    missingChunks: sum(all, ({ missing }) => chunksIn(missing)),
    doubledChunks: one.doubledChunks + other.doubledChunks + doubled,
    epochs: all,
  };
}

/** What arrived at either; missing is what arrived at neither, below the higher of the low waters. */
function mergeEpochs(one: EpochReport, other: EpochReport): EpochReport {
  const arrived = new IntervalSet();
  for (const each of [one, other]) {
    for (const [begin, end] of pairs(arrivedOf(each))) arrived.add(begin, end);
  }
  const low = Math.max(one.low, other.low);
  const since = Math.min(one.since, other.since);
  const missing = new IntervalSet(since < low ? [since, low] : []);
  for (const [begin, end] of pairs(arrived.bounds)) missing.remove(begin, end);
  return {
    source: one.source,
    epoch: one.epoch,
    ...{ since, low, high: Math.max(one.high, other.high) },
    arrived: [...pairs(arrived.bounds)].flatMap(([begin, end]) =>
      end <= low ? [] : [Math.max(begin, low), end],
    ),
    missing: missing.bounds,
  };
}

/** All that is known to have arrived. */
function arrivedOf({ since, low, arrived, missing }: EpochState): readonly number[] {
  const all = new IntervalSet(since < low ? [since, low] : []);
  for (const [begin, end] of pairs(missing)) all.remove(begin, end);
  for (const [begin, end] of pairs(arrived)) all.add(begin, end);
  return all.bounds;
}

function common(one: readonly number[], other: readonly number[]): number[] {
  const both: number[] = [];
  let index = 0;
  for (const [begin, end] of pairs(one)) {
    while (index + 1 < other.length && (other[index + 1] ?? 0) <= begin) index += 2;
    for (let at = index; at + 1 < other.length && (other[at] ?? 0) < end; at += 2) {
      both.push(Math.max(begin, other[at] ?? 0), Math.min(end, other[at + 1] ?? 0));
    }
  }
  return both;
}

/** How many chunks the positions belong to. */
function chunksIn(bounds: readonly number[]): number {
  let chunks = 0;
  let counted = Number.NEGATIVE_INFINITY;
  for (const [begin, end] of pairs(bounds)) {
    const first = Math.max(Math.floor(begin / positionsPerChunk), counted + 1);
    const last = Math.ceil(end / positionsPerChunk) - 1;
    if (last >= first) chunks += last - first + 1;
    counted = Math.max(counted, last);
  }
  return chunks;
}

function sum<T>(all: readonly T[], measure: (each: T) => number): number {
  return all.reduce((total, each) => total + measure(each), 0);
}
