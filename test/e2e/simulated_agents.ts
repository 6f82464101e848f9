import forward from '../../connectors/output/forward.ts';
import { systemClock } from '../../lib/clock.ts';
import { EventTime } from '../../lib/event/time.ts';
import { createLog } from '../../lib/log.ts';
import { contextAlone, makeAlone } from '../../lib/plugin/context_alone.ts';
import type { Output } from '../../lib/plugin/contract.ts';
import { testChunk } from '../../lib/testing/test_chunk.ts';

/** How agents are simulated. */
interface AgentsSetup {
  readonly count: number;
  readonly groups: number;
  /** Ports of their collectors. */
  readonly ports: readonly number[];
}

const eventsPerChunk = 20;

/** Agents that send to these collectors, as so many processes would: outputs of their own with connections of their own. */
export function startAgents({ count, groups, ports }: AgentsSetup): SimulatedAgent[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `site${index % groups}-web-${index}`;
    return new SimulatedAgent(name, index, ports);
  });
}

/** An output `forward` that is given chunks as the buffer of an agent would give them. */
export class SimulatedAgent {
  readonly name: string;
  sentEvents = 0;
  readonly #source: string;
  readonly #output: Output;
  readonly #epoch = Date.now();
  #chunk = 0;

  constructor(name: string, index: number, ports: readonly number[]) {
    this.name = name;
    this.#source = index.toString(16).padStart(12, '0');
    const { plugin, options } = forward({
      requireAckResponse: true,
      agent: { name },
      server: ports.map((port) => ({ host: '127.0.0.1', port })),
    });
    const settings = { clock: systemClock, log: createLog(() => {}) };
    const context = contextAlone(plugin, settings, () => {});
    this.#output = makeAlone({ plugin, options }, context);
  }

  /** Sends a chunk; resolves when it is acknowledged. */
  async send(): Promise<void> {
    const number = this.#chunk;
    this.#chunk += 1;
    const chunk = testChunk({
      id: `${this.#epoch.toString(16).padStart(12, '0')}${hex(number, 8)}${this.#source}`,
      tag: 'fleet',
      entries: Array.from({ length: eventsPerChunk }, (_, n) => ({
        time: EventTime.fromMs(Date.now()),
        record: { agent: this.name, number, n },
      })),
      createdMs: Date.now(),
      origin: {
        ...{ source: this.#source, epoch: this.#epoch },
        ...{ begin: number, end: number + 1, low: number },
      },
    });
    await this.#output.write(chunk, new AbortController().signal);
    this.sentEvents += eventsPerChunk;
  }

  /** Loses the next chunk. */
  skip(): void {
    this.#chunk += 1;
  }

  async close(): Promise<void> {
    await this.#output.close?.();
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
