import type { MetricRegistry } from '../metric/metric.ts';
import { type AgentReport, completenessOf } from './fleet_report.ts';
import { groupOf } from './group.ts';

/** So many groups have series of their own; the rest are one, `other`. */
const groupLimit = 100;

/** Tells in metrics how a fleet is, by the prefixes of its agents' names: too many agents for a series each. */
export class FleetGauges {
  readonly #metrics: MetricRegistry;
  readonly #groups = new Set<string>();

  constructor(metrics: MetricRegistry) {
    this.#metrics = metrics;
  }

  /** Sets the gauges of each group to what is so now. */
  set(agents: readonly AgentReport[]): void {
    const sums = new Map<string, { agents: number; incomplete: number; missing: number }>();
    for (const group of this.#groups) sums.set(group, { agents: 0, incomplete: 0, missing: 0 });
    for (const agent of agents) {
      const group = this.#seriesOf(groupOf(agent, { by: 'prefix' }));
      const sum = sums.get(group) ?? { agents: 0, incomplete: 0, missing: 0 };
      sums.set(group, sum);
      sum.agents += 1;
      sum.missing += agent.missingChunks;
      if (completenessOf(agent) === 'incomplete') sum.incomplete += 1;
    }
    for (const [group, { agents: count, incomplete, missing }] of sums) {
      const labels = { group };
      const gauge = (name: string, help: string) =>
        this.#metrics.gauge(`millrace_fleet_group_${name}`, help, labels);
      gauge('agents', 'Agents that have sent events, by the prefix of their names.').set(count);
      gauge('incomplete_agents', 'Of these, agents of which chunks are missing.').set(incomplete);
      gauge(
        'missing_chunks',
        'Chunks that will not come any more and are not here: lost, or with another receiver.',
      ).set(missing);
    }
  }

  #seriesOf(group: string): string {
    if (this.#groups.has(group)) return group;
    if (this.#groups.size >= groupLimit) return 'other';
    this.#groups.add(group);
    return group;
  }
}
