import type { Origin } from './origin.ts';

/** A Millrace process that sends events to others, as they know it. */
export interface Agent {
  /** The same for ever, and nobody else's. No more than 64 bytes. */
  readonly id: string;
  /** What people call it: its host's name, unless configured. */
  readonly name: string;
  /** Of Millrace. */
  readonly version: string;
  /** What it belongs to, as configured: `site`, `team`. */
  readonly labels: ReadonlyMap<string, string>;
}

/** What an agent says of events that it sends. */
export interface Stamp {
  readonly agent: Agent;
  /** Which of its chunks they are from: positions of a source of the agent, see `positionsPerChunk`. */
  readonly origin: Origin;
  /** Among so many receivers the agent shares its chunks out: each of them sees a part. */
  readonly receivers: number;
  /** How old the chunk was when it was sent. */
  readonly ageMs: number;
}

/**
 * The origin of what an agent sends counts its chunks, finely: chunk n takes the positions from n times this on, which
 * the frames of the chunk share out among them.
 */
export const positionsPerChunk = 2 ** 20;
