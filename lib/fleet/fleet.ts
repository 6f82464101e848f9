import { existsSync } from 'node:fs';
import type { Clock } from '../clock.ts';
import { toError } from '../error.ts';
import type { RelayedStamp, Stamp } from '../event/agent.ts';
import type { Origin } from '../event/origin.ts';
import type { Log } from '../log.ts';
import { type Counter, type Gauge, instrumentsOf, type MetricRegistry } from '../metric/metric.ts';
import { AgentAccount } from './agent_account.ts';
import { Bindings, type Objection, type Speaker } from './bindings.ts';
import { Carried } from './carried.ts';
import type { Arrival } from './epoch_account.ts';
import { FleetGauges } from './fleet_gauges.ts';
import { FleetJournal } from './fleet_journal.ts';
import { type AgentReport, reportOf } from './fleet_report.ts';

/** What a fleet is made with. */
export interface FleetSetup {
  /** The file that remembers the agents across restarts; undefined: they are forgotten. */
  readonly path: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricRegistry;
}

/** What somebody says that events are. */
export interface Claim {
  /** The agent that sent them first; undefined when nobody is named. */
  readonly agentId: string | undefined;
  /** Where the agent had them from. */
  readonly source: string;
}

/** Agents that are remembered; those that were seen longest ago are forgotten first. */
const agentLimit = 10_000;

/** Knows every agent that has sent events to this process, and what is missing of each. */
export class Fleet {
  readonly #setup: FleetSetup;
  readonly #meters: FleetMeters;
  readonly #gauges: FleetGauges;
  /** The one that was seen longest ago is first. */
  readonly #agents = new Map<string, AgentAccount>();
  /** Whose source it is. */
  readonly #sources = new Map<string, AgentAccount>();
  readonly #carried = new Carried();
  readonly #bindings = new Bindings();
  #journal: FleetJournal | undefined;
  #isOpen = false;
  #isFailing = false;

  constructor(setup: FleetSetup) {
    this.#setup = setup;
    this.#meters = fleetMeters(setup.metrics);
    this.#gauges = new FleetGauges(setup.metrics);
  }

  /** Events of an agent, from this address, are stored. Never throws. */
  stored(stamp: Stamp, count: number, address: string): void {
    this.relayed({ ...stamp, count, address, part: 0, parts: 1 });
  }

  /** Events of an agent that came over others are stored. Never throws. */
  relayed(stamp: RelayedStamp): void {
    this.#open();
    const nowMs = this.#setup.clock.nowMs();
    this.#count(this.#take(stamp, nowMs));
    this.#write((journal) => journal.stored(stamp, nowMs));
    this.#forget();
    this.#meters.agents.set(this.#agents.size);
  }

  /** What came with a frame of an agent, of which others told it. */
  carried(origin: Origin, stamps: readonly RelayedStamp[]): void {
    this.#open();
    if (this.#carried.add(origin, stamps)) {
      this.#write((journal) => journal.carried({ span: origin, stamps }));
    }
    for (const stamp of stamps) this.relayed(stamp);
  }

  /**
   * What stands against a claim, if anything does, which is then counted. An agent that speaks for itself with a
   * certificate for the first time is bound to the identity in it. Never throws.
   */
  judge({ agentId, source }: Claim, speaker: Speaker): Objection | undefined {
    this.#open();
    const ownerId = this.#sources.get(source)?.agent.id;
    const concerned = [agentId, ownerId].filter((id) => id !== undefined);
    const objection = this.#bindings.objection(concerned, speaker);
    if (objection !== undefined) {
      this.refused(objection.agentId);
      return objection;
    }
    const { identity, isRelay } = speaker;
    if (agentId !== undefined && identity !== undefined && !isRelay) this.bind(agentId, identity);
    return undefined;
  }

  /** Binds an agent to an identity, whatever it was bound to before. Never throws. */
  bind(agentId: string, identity: string): void {
    this.#open();
    if (this.#bindings.identities.get(agentId) === identity) return;
    this.#bindings.bind(agentId, identity);
    this.#write((journal) => journal.bound(agentId, identity));
  }

  /** What somebody said as an agent, or of it, is not believed. Never throws. */
  refused(agentId: string): void {
    this.#meters.refusedStamps.add();
    const account = this.#agents.get(agentId);
    if (account === undefined) return;
    account.totals.refusedStamps += 1;
    this.#write((journal) => journal.refused(agentId));
  }

  /** What agents said of events from a source: its own agent, and those that it had them from. For who sends them on. */
  stampsOf(
    events: Omit<RelayedStamp, 'agent' | 'receivers' | 'ageMs' | 'address'>,
  ): readonly RelayedStamp[] {
    const told = this.#toldBy(events.origin.source);
    if (told === undefined) return [];
    const { origin } = events;
    // What was stored later may have said more of what is settled than was so for these.
    const own = {
      ...told,
      ...events,
      origin: { ...origin, low: Math.min(origin.low, origin.begin) },
    };
    return events.part === 0 ? [own, ...this.#carried.within(origin)] : [own];
  }

  #toldBy(
    source: string,
  ): Pick<RelayedStamp, 'agent' | 'receivers' | 'ageMs' | 'address'> | undefined {
    if (!this.#isOpen && this.#isRemembered) this.#open();
    if (this.#agents.size === 0) return undefined;
    const [root = source] = source.split('/', 1);
    const account = this.#sources.get(source) ?? this.#sources.get(root);
    if (account === undefined) return undefined;
    const { agent, receivers, ageMs, address } = account;
    return { agent, receivers, ageMs, address };
  }

  /** What is known of each agent, by name. */
  report(): AgentReport[] {
    this.#open();
    const nowMs = this.#setup.clock.nowMs();
    const { identities } = this.#bindings;
    const reports = [...this.#agents].map(([id, account]) =>
      reportOf(account, identities.get(id), nowMs),
    );
    return reports.sort((one, other) => compare(one.name, other.name) || compare(one.id, other.id));
  }

  /** Brings the metrics of groups of agents up to date: what they cost is paid when somebody looks. */
  measure(): void {
    if (this.#agents.size > 0) this.#gauges.set(this.report());
  }

  /** Remembers what there is, and lets go of the file. */
  close(): void {
    if (!this.#isOpen) return;
    this.#compact();
    this.#journal?.close();
    this.#journal = undefined;
  }

  /** Notes that events are stored, now or in the life before. */
  #take(stamp: RelayedStamp, nowMs: number): Arrival {
    const { address, agent, origin } = stamp;
    const account = this.#agents.get(agent.id) ?? new AgentAccount(stamp, address, nowMs);
    this.#agents.delete(agent.id);
    this.#agents.set(agent.id, account);
    this.#sources.set(origin.source, account);
    account.address = address;
    return account.stored(stamp, nowMs);
  }

  /** Whether an earlier life has left a file. */
  get #isRemembered(): boolean {
    const { path } = this.#setup;
    return path !== undefined && existsSync(path);
  }

  #count(arrival: Arrival): void {
    const meters = this.#meters;
    if (arrival === 'repeated') meters.repeatedFrames.add();
    else meters.frames.add();
    if (arrival === 'late') meters.lateFrames.add();
  }

  /** On first use: who never hears of an agent needs no file. */
  #open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { log, path } = this.#setup;
    if (path === undefined) return;
    try {
      this.#journal = FleetJournal.open(path, {
        account: (account, states) => {
          const restored = new AgentAccount(account, account.address, account.firstSeenMs);
          restored.lastSeenMs = account.lastSeenMs;
          restored.ageMs = account.ageMs;
          Object.assign(restored.totals, account.totals);
          for (const { source, epoch, ...state } of states) {
            restored.restore(source, epoch, state);
            this.#sources.set(source, restored);
          }
          this.#agents.set(account.agent.id, restored);
        },
        stored: (stamp, nowMs) => void this.#take(stamp, nowMs),
        carried: ({ span, stamps }) => void this.#carried.add(span, stamps),
        bound: (agentId, identity) => this.#bindings.bind(agentId, identity),
        refused: (agentId) => {
          const account = this.#agents.get(agentId);
          if (account !== undefined) account.totals.refusedStamps += 1;
        },
      });
    } catch (error) {
      log.error(`the agents in ${path} cannot be remembered across restarts`, { error });
    }
  }

  #write(write: (journal: FleetJournal) => void): void {
    try {
      if (this.#journal !== undefined) write(this.#journal);
      this.#isFailing = false;
    } catch (error) {
      this.#tellFailure(toError(error));
    }
    if (this.#journal?.isLong === true) this.#compact();
  }

  #compact(): void {
    try {
      this.#journal?.compact({
        identities: this.#bindings.identities,
        accounts: this.#agents.values(),
        loads: this.#carried.all(),
      });
    } catch (error) {
      this.#tellFailure(toError(error));
    }
  }

  /** Once until it works again. */
  #tellFailure(error: Error): void {
    const { log, path } = this.#setup;
    if (!this.#isFailing) log.error(`the agents cannot be written to ${path}`, { error });
    this.#isFailing = true;
  }

  #forget(): void {
    if (this.#agents.size <= agentLimit) return;
    for (const [id, account] of this.#agents) {
      this.#agents.delete(id);
      for (const source of account.sources.keys()) this.#sources.delete(source);
      return;
    }
  }
}

interface FleetMeters {
  readonly agents: Gauge;
  readonly frames: Counter;
  readonly lateFrames: Counter;
  readonly repeatedFrames: Counter;
  readonly refusedStamps: Counter;
}

function fleetMeters(metrics: MetricRegistry): FleetMeters {
  const { counter, gauge } = instrumentsOf(metrics, 'millrace_fleet_', {});
  return {
    agents: gauge('agents', 'Agents that have sent events.'),
    frames: counter('frames_total', 'Frames of agents that came for the first time.'),
    lateFrames: counter('late_frames_total', 'Of these, frames that came after later ones.'),
    repeatedFrames: counter('repeated_frames_total', 'Frames of agents that came once more.'),
    refusedStamps: counter(
      'refused_stamps_total',
      'What was said as an agent, or of one, by somebody who may not.',
    ),
  };
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
