import type { Agent, RelayedStamp } from '../event/agent.ts';
import type { AgentAccount, Totals } from './agent_account.ts';
import { fieldOf, readAgent, readNumber, readNumbers, readText } from './agent_json.ts';
import type { Load } from './carried.ts';
import { readCarried } from './carried_line.ts';
import type { EpochReport } from './fleet_report.ts';

/** An account without its sources. */
export type KeptAccount = Pick<
  AgentAccount,
  'agent' | 'address' | 'receivers' | 'firstSeenMs' | 'lastSeenMs' | 'ageMs' | 'totals'
>;

/** Who is told what a file holds. */
export interface JournalReader {
  account(account: KeptAccount, epochs: readonly EpochReport[]): void;
  stored(stamp: RelayedStamp, nowMs: number): void;
  carried(load: Load): void;
  bound(agentId: string, identity: string): void;
  refused(agentId: string): void;
}

/*
 * The file of a fleet is JSON, one array a line:
 *
 *     ["account", {agent, address, receivers, firstSeenMs, lastSeenMs, ageMs, totals},
 *      [{source, epoch, since, low, high, arrived, missing}, ...]]
 *     ["stored", agent or its id, source, epoch, begin, end, low, count, receivers, ageMs, address, nowMs,
 *      part and parts where there are several]
 *
 *     ["bound", id of an agent, identity in its certificate]
 *     ["refused", id of an agent]: what another said as this agent
 *
 *     ["carried", ...]: see `carriedLine`
 *
 * First all bindings, accounts and what is carried, as they were when it was written anew, then what happened since. The first `stored` of an agent
 * tells the agent whole. What is no such line does not count: the end of the process may have cut one.
 */

/** Reads the text of a fleet's file. */
export function readJournal(text: string, reader: JournalReader): void {
  const agents = new Map<string, Agent>();
  for (const line of text.split('\n')) {
    const [kind, ...rest] = parseLine(line);
    if (kind === 'account') readAccount(rest, reader);
    else if (kind === 'stored') readStored(rest, agents, reader);
    else if (kind === 'carried') readLoad(rest, reader);
    else if (kind === 'bound' || kind === 'refused') readBinding(kind, rest, reader);
  }
}

function parseLine(line: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function readAccount([about, list]: readonly unknown[], reader: JournalReader): void {
  const agent = readAgent(fieldOf(about, 'agent'));
  if (agent === undefined || !Array.isArray(list)) return;
  const number = (name: string): number => readNumber(fieldOf(about, name)) ?? 0;
  const account: KeptAccount = {
    agent,
    address: readText(fieldOf(about, 'address')) ?? '',
    receivers: number('receivers'),
    firstSeenMs: number('firstSeenMs'),
    lastSeenMs: number('lastSeenMs'),
    ageMs: number('ageMs'),
    totals: readTotals(fieldOf(about, 'totals')),
  };
  reader.account(
    account,
    list.flatMap((each: unknown) => readEpoch(each) ?? []),
  );
}

function readTotals(value: unknown): Totals {
  const number = (name: keyof Totals): number => readNumber(fieldOf(value, name)) ?? 0;
  return {
    frames: number('frames'),
    events: number('events'),
    lateFrames: number('lateFrames'),
    repeatedFrames: number('repeatedFrames'),
    repeatedEvents: number('repeatedEvents'),
    refusedStamps: number('refusedStamps'),
  };
}

function readLoad(line: readonly unknown[], reader: JournalReader): void {
  const load = readCarried(line);
  if (load !== undefined) reader.carried(load);
}

function readBinding(
  kind: 'bound' | 'refused',
  [agentId, identity]: readonly unknown[],
  reader: JournalReader,
): void {
  if (typeof agentId !== 'string') return;
  if (kind === 'refused') reader.refused(agentId);
  else if (typeof identity === 'string') reader.bound(agentId, identity);
}

/** What is known of one epoch; undefined when the value does not say it. */
export function readEpoch(value: unknown): EpochReport | undefined {
  const source = readText(fieldOf(value, 'source'));
  const arrived = readNumbers(fieldOf(value, 'arrived'));
  const missing = readNumbers(fieldOf(value, 'missing'));
  const epoch = readNumber(fieldOf(value, 'epoch'));
  const since = readNumber(fieldOf(value, 'since'));
  const low = readNumber(fieldOf(value, 'low'));
  const high = readNumber(fieldOf(value, 'high'));
  if (source === undefined || arrived === undefined || missing === undefined) return undefined;
  if (epoch === undefined || since === undefined) return undefined;
  if (low === undefined || high === undefined) return undefined;
  return { source, epoch, since, low, high, arrived, missing };
}

function readStored(
  line: readonly unknown[],
  agents: Map<string, Agent>,
  reader: JournalReader,
): void {
  const [who, source, ...rest] = line;
  const agent = typeof who === 'string' ? agents.get(who) : readAgent(who);
  const address = readText(rest[7]);
  const numbers = [...rest.slice(0, 7), rest[8]].map(readNumber);
  if (agent === undefined || typeof source !== 'string' || address === undefined) return;
  agents.set(agent.id, agent);
  const [epoch = 0, begin = 0, end = 0, low = 0, count = 0, receivers = 1, ageMs = 0, nowMs = 0] =
    numbers;
  if (numbers.includes(undefined) || begin >= end) return;
  const origin = { source, epoch, begin, end, low };
  const part = readNumber(rest[9]) ?? 0;
  const parts = readNumber(rest[10]) ?? 1;
  reader.stored({ agent, origin, receivers, ageMs, count, address, part, parts }, nowMs);
}
