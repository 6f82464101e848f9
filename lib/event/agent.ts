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

/** What an agent said of events that have come over another process in between. */
export interface RelayedStamp extends Stamp {
  /** How many events of it there are, as far as is known. */
  readonly count: number;
  /** The events of the stamp are part `part` of `parts`, counted from 0: the other parts come by other ways. */
  readonly part: number;
  readonly parts: number;
  /** Where the agent was seen to come from. */
  readonly address: string;
}

/**
 * The origin of what an agent sends counts its chunks, finely: chunk n takes the positions from n times this on, which
 * the frames of the chunk share out among them.
 */
export const positionsPerChunk = 2 ** 20;
