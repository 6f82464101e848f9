import type { Clock } from '../clock.ts';
import type { CollectRules } from '../codec/forward_collect.ts';
import type { RelayedStamp, Stamp } from '../event/agent.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Log } from '../log.ts';
import type { ConnectionMemory } from './connection_memory.ts';
import type { ConnectionRoster } from './connection_roster.ts';
import type { FrameLimits } from './forward_frames.ts';
import type { ForwardGate } from './forward_gate.ts';
import type { ForwardRefusals } from './forward_refusals.ts';
import type { PatienceSettings } from './patience.ts';
import type { Refusals } from './refusals.ts';
import type { StampVetting } from './stamp_vetting.ts';

/** What holds for all connections of one listener. */
export interface ForwardSettings {
  /** Rules of collecting; JSON has no other way to give fractions of a second, so its float times are taken. */
  readonly rules: (
    address: string,
    speaksJson: boolean,
    identity: string | undefined,
  ) => Promise<CollectRules>;
  readonly limits: FrameLimits;
  readonly patience: PatienceSettings;
  /** Of what frames say of agents, leaves what their client may say. */
  readonly vet: StampVetting;
  /** A chunk that comes with an id and no origin is told by the id when it comes again. */
  readonly skipsRepeated: boolean;
  /** Connections are closed after the first events. */
  readonly deniesKeepalive: boolean;
  readonly gate: ForwardGate | undefined;
  readonly handshakeTimeoutMs: number;
  /** What a client is called that has no address. */
  readonly nameless: string;
  /** Tells of clients that do not come in. */
  readonly refusals: Refusals;
  /** Tells of what they send and is not taken. */
  readonly frameRefusals: ForwardRefusals;
  readonly memory: ConnectionMemory;
  readonly roster: ConnectionRoster;
  /** How long a stopping connection waits for what it has handed on. */
  readonly stopGraceMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: (batch: EventBatch) => Promise<void>;
  /** Is told of events of an agent that are stored, before they are acknowledged; it never throws. */
  readonly onStored: (
    stamp: Stamp,
    count: number,
    address: string,
    relayed: readonly RelayedStamp[],
  ) => void;
}
