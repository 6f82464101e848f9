import { type Agent, positionsPerChunk, type Stamp } from '../../../lib/event/agent.ts';
import { Fleet } from '../../../lib/fleet/fleet.ts';
import { createLog, type LogLine } from '../../../lib/log.ts';
import { MetricRegistry } from '../../../lib/metric/metric.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

/** An agent of this name; its id is made of it. */
export function agentOf(name: string, labels: { readonly [name: string]: string } = {}): Agent {
  return { id: `id-${name}`, name, version: '1.2.3', labels: new Map(Object.entries(labels)) };
}

/** The stamp of a chunk in one frame. */
export function stampOf(agent: Agent, chunk: number, more: Partial<StampWish> = {}): Stamp {
  const { low = chunk, epoch = 1, receivers = 1 } = more;
  const origin = {
    source: `s-${agent.name}`,
    epoch,
    begin: chunk * positionsPerChunk,
    end: (chunk + 1) * positionsPerChunk,
    low: low * positionsPerChunk,
  };
  return { agent, origin, receivers, ageMs: 250 };
}

interface StampWish {
  readonly low: number;
  readonly epoch: number;
  readonly receivers: number;
}

/** A fleet over a clock that stands still, and what it logs and counts. */
export function fleetAt(path?: string) {
  const lines: LogLine[] = [];
  const clock = new TestClock();
  const metrics = new MetricRegistry();
  const fleet = new Fleet({ path, clock, log: createLog((line) => lines.push(line)), metrics });
  return { fleet, clock, metrics, lines };
}
