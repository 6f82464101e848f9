import { MillraceError, toError } from '../error.ts';
import { type AgentReport, completenessOf, mergeReports } from '../fleet/fleet_report.ts';
import { type Grouping, groupOf, parseGrouping } from '../fleet/group.ts';
import { readReports } from '../fleet/read_report.ts';
import { exitCodes, type Terminal } from './terminal.ts';
import { textTable } from './text_table.ts';

export interface AgentsOptions {
  /** Addresses of `monitor_agent` inputs: `host:port` or a URL. */
  readonly from: readonly string[];
  readonly groupBy?: string;
  readonly incomplete?: boolean;
  readonly json?: boolean;
  readonly timeout: number;
}

/**
 * `millrace agents`: what collectors know of the agents that send to them, put together. Fails when something of an
 * agent is missing.
 * @throws MR_NET when a collector cannot be asked, MR_PROTOCOL when it gives no list of agents
 */
export async function agents(options: AgentsOptions, terminal: Terminal): Promise<number> {
  const grouping = options.groupBy === undefined ? undefined : readGrouping(options.groupBy);
  const asked = options.from.map((from) => ask(from, options.timeout * 1000));
  const all = mergeReports(await Promise.all(asked)).sort(byName);
  const incomplete = all.filter((agent) => completenessOf(agent) === 'incomplete');
  const shown = options.incomplete === true ? incomplete : all;
  if (options.json === true) terminal.out.write(printJson(shown, grouping));
  else if (grouping === undefined) terminal.out.write(agentTable(shown, Date.now()));
  else terminal.out.write(groupTable(shown, grouping));
  if (options.json !== true) {
    terminal.out.write(`${all.length} agents, ${incomplete.length} incomplete\n`);
  }
  return incomplete.length === 0 ? exitCodes.ok : exitCodes.failed;
}

function readGrouping(text: string): Grouping {
  const grouping = parseGrouping(text);
  if (grouping !== undefined) return grouping;
  throw new MillraceError(
    'MR_OPTION',
    `agents are grouped by \`prefix\` or \`label:NAME\`, not \`${text}\``,
  );
}

async function ask(from: string, timeoutMs: number): Promise<AgentReport[]> {
  const base = /^https?:\/\//.test(from) ? from : `http://${from}`;
  let text: string;
  try {
    const url = new URL('/api/agents.json', base);
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) throw new Error(`it answers with ${response.status}`);
    text = await response.text();
  } catch (thrown) {
    const error = toError(thrown);
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    throw new MillraceError('MR_NET', `${from} cannot be asked for its agents: ${reason}`, {
      cause: error,
      hint: 'it must be the address of a `monitor_agent` input',
    });
  }
  return readReports(text, from);
}

function printJson(shown: readonly AgentReport[], grouping: Grouping | undefined): string {
  const agents = shown.map((agent) => ({
    ...agent,
    completeness: completenessOf(agent),
    ...(grouping !== undefined && { group: groupOf(agent, grouping) }),
  }));
  return `${JSON.stringify({ agents }, undefined, 2)}\n`;
}

function agentTable(shown: readonly AgentReport[], nowMs: number): string {
  const head = [
    'NAME',
    'ID',
    'IDENTITY',
    'ADDRESS',
    'VERSION',
    'SEEN',
    'EVENTS',
    '/S',
    'LAG',
    'TWICE',
    'LATE',
    'REFUSED',
    'MISSING',
    'STATE',
  ];
  const rows = shown.map((agent) => [
    agent.name,
    agent.id,
    agent.identity ?? '-',
    agent.address,
    agent.version,
    `${span(nowMs - agent.lastSeenMs)} ago`,
    String(agent.events),
    agent.eventsPerSecond.toFixed(1),
    span(agent.ageMs),
    String(agent.repeatedFrames + agent.doubledChunks),
    String(agent.lateFrames),
    String(agent.refusedStamps),
    String(agent.missingChunks),
    completenessOf(agent),
  ]);
  return textTable([head, ...rows], 200);
}

function groupTable(shown: readonly AgentReport[], grouping: Grouping): string {
  const groups = new Map<string, AgentReport[]>();
  for (const agent of shown) {
    const group = groupOf(agent, grouping);
    const known = groups.get(group);
    if (known === undefined) groups.set(group, [agent]);
    else known.push(agent);
  }
  const rows = [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([group, members]) => [
      group === '' ? '(none)' : group,
      String(members.length),
      total(members, ({ events }) => events),
      members.reduce((sum, { eventsPerSecond }) => sum + eventsPerSecond, 0).toFixed(1),
      span(Math.max(...members.map(({ ageMs }) => ageMs))),
      total(members, ({ repeatedFrames, doubledChunks }) => repeatedFrames + doubledChunks),
      total(members, ({ lateFrames }) => lateFrames),
      total(members, ({ refusedStamps }) => refusedStamps),
      total(members, ({ missingChunks }) => missingChunks),
      members
        .filter((agent) => completenessOf(agent) === 'incomplete')
        .map(({ name }) => name)
        .join(' '),
    ]);
  const head = [
    'GROUP',
    'AGENTS',
    'EVENTS',
    '/S',
    'LAG',
    'TWICE',
    'LATE',
    'REFUSED',
    'MISSING',
    'INCOMPLETE',
  ];
  return textTable([head, ...rows], 200);
}

function total(members: readonly AgentReport[], measure: (agent: AgentReport) => number): string {
  return String(members.reduce((sum, agent) => sum + measure(agent), 0));
}

function byName(one: AgentReport, other: AgentReport): number {
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  return one.id < other.id ? -1 : 1;
}

/** A length of time as a person reads it. */
function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 120) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)}s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)}h` : `${Math.round(seconds / 86_400)}d`;
}
