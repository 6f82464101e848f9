import { MillraceError } from '../error.ts';
import { fieldOf, readAgent, readNumber, readText } from './agent_json.ts';
import type { AgentReport } from './fleet_report.ts';
import { readEpoch } from './journal_lines.ts';

/** Reads what `/api/agents.json` gives. @throws MR_PROTOCOL when it is something else */
export function readReports(text: string, from: string): AgentReport[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MillraceError('MR_PROTOCOL', `${from} did not answer with JSON`, { cause });
  }
  const agents = fieldOf(value, 'agents');
  if (!Array.isArray(agents)) {
    throw new MillraceError('MR_PROTOCOL', `${from} did not answer with a list of agents`);
  }
  return agents.flatMap((each: unknown) => readReport(each) ?? []);
}

function readReport(value: unknown): AgentReport | undefined {
  const agent = readAgent(value);
  const epochs = fieldOf(value, 'epochs');
  if (agent === undefined || !Array.isArray(epochs)) return undefined;
  const number = (name: keyof AgentReport): number => readNumber(fieldOf(value, name)) ?? 0;
  return {
    ...agent,
    labels: Object.fromEntries(agent.labels),
    address: readText(fieldOf(value, 'address')) ?? '',
    identity: readText(fieldOf(value, 'identity')),
    firstSeenMs: number('firstSeenMs'),
    lastSeenMs: number('lastSeenMs'),
    eventsPerSecond: number('eventsPerSecond'),
    ageMs: number('ageMs'),
    receivers: number('receivers'),
    reporters: number('reporters'),
    frames: number('frames'),
    events: number('events'),
    lateFrames: number('lateFrames'),
    repeatedFrames: number('repeatedFrames'),
    repeatedEvents: number('repeatedEvents'),
    refusedStamps: number('refusedStamps'),
    missingChunks: number('missingChunks'),
    doubledChunks: number('doubledChunks'),
    epochs: epochs.flatMap((each: unknown) => readEpoch(each) ?? []),
  };
}
