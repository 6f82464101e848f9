import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Log, LogFields } from '../log.ts';
import type { MetricRegistry } from '../metric/metric.ts';
import * as option from '../option/declare.ts';
import type { Parsed } from '../option/option.ts';
import { ConnectionMemory } from './connection_memory.ts';
import { ConnectionRoster } from './connection_roster.ts';
import { serveForward } from './forward_connection.ts';
import type { ForwardGate } from './forward_gate.ts';
import { ForwardRefusals } from './forward_refusals.ts';
import type { ForwardSettings } from './forward_settings.ts';
import { rulesFor, type SourceSettings } from './forward_source.ts';
import { Refusals } from './refusals.ts';
import { stampVetting, type Trust } from './stamp_vetting.ts';
import type { ConnectionLimit } from './tcp_server.ts';

const mebibyte = 1024 * 1024;
const stopGraceMs = 10_000;

/** Options of every input that takes the forward protocol. */
export const intakeShape = {
  tag: option.string({ doc: 'Tag of all events, instead of their own.' }),
  addTagPrefix: option.string({ doc: 'Put before each tag, with a dot.' }),
  skipInvalidEvent: option.boolean({
    doc: 'Skip events whose time is no integer or event time, and acknowledge messages without a record. When false, float times are taken and such messages are not acknowledged.',
    default: true,
  }),
  skipRepeatedChunks: option.boolean({
    doc: 'Store a chunk once that its sender sends again with the same id and the same events, as Fluentd does when an acknowledgement was lost. Each buffer remembers the last 10,000 chunks, across restarts if it is a file buffer. Chunks of Millrace are told without it.',
    default: false,
  }),
  denyKeepalive: option.boolean({
    doc: 'Close each connection after its first events are stored.',
    default: false,
  }),
  chunkSizeLimit: option.size({
    doc: 'Longer frames are dropped with a warning and not acknowledged. Without it, one of more than 512 MiB (in JSON: of a 64th of `memory_limit`) ends its connection.',
  }),
  chunkSizeWarnLimit: option.size({ doc: 'Longer frames cause a warning.' }),
  decompressionSizeLimit: option.size({
    doc: 'Compressed entries that hold more end the connection.',
    default: 256 * mebibyte,
  }),
  memoryLimit: option.size({
    doc: 'What all connections together may hold. A frame that would take more once it is decoded ends its connection. While events that are not stored yet take half of it, nothing is read; when frames that have not come whole take the other half, those that have held most for longest end their connections.',
    default: 1024 * mebibyte,
  }),
  maxConnections: option.integer({
    doc: 'So many connections may be open. A further one is closed at once, and the one that has been idle longest, a minute at least, makes room for the next.',
    default: 10_000,
    min: 1,
  }),
  idleTimeout: option.duration({
    doc: 'A connection on which nothing comes for so long is closed. Clients that ask for no acknowledgement may lose the event with which they find out.',
  }),
  frameTimeout: option.duration({
    doc: 'A frame that does not come whole within this time ends its connection, as do acknowledgements that the client does not read.',
    default: 300_000,
  }),
};

/** What an intake uses of the world around it. */
export interface IntakeWorld {
  readonly id: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricRegistry;
  readonly fleet: Fleet;
  /** Warnings that may be many. */
  readonly warn: (kind: string, message: string, fields: LogFields) => void;
}

/** What differs between inputs. */
export interface IntakeSettings {
  readonly source: Pick<SourceSettings, 'addressKey' | 'hostnameKey' | 'identityKey'>;
  /** Who is believed what he says of agents. */
  readonly trust: Trust;
  /** Where clients shake hands. */
  readonly handshakeTimeoutMs?: number;
  /** What clients are called that have no address. */
  readonly nameless?: string;
}

/** Serves all connections of one input. */
export class ForwardIntake {
  /** Tells of clients that do not come in. */
  readonly refusals: Refusals;
  /** For the listener. */
  readonly limit: ConnectionLimit;
  private readonly settings: Omit<ForwardSettings, 'emit' | 'gate'>;
  private readonly connections = new Set<Promise<void>>();

  constructor(options: Parsed<typeof intakeShape>, given: IntakeSettings, world: IntakeWorld) {
    const { id, clock, log, metrics, fleet, warn } = world;
    const { maxConnections } = options;
    const memory = new ConnectionMemory(options.memoryLimit, clock);
    const roster = new ConnectionRoster(maxConnections, clock);
    const frameRefusals = new ForwardRefusals(id, metrics, warn);
    const source: SourceSettings = {
      ...given.source,
      tag: options.tag,
      tagPrefix: options.addTagPrefix,
      skipsInvalid: options.skipInvalidEvent,
      decodedLimitBytes: options.memoryLimit,
    };
    this.refusals = new Refusals(id, metrics, warn);
    this.limit = {
      mostConnections: maxConnections,
      onDropped: (address) => {
        const message = `a connection was closed: there are ${maxConnections} already`;
        frameRefusals.refused(address, 'too_many_connections', message);
        roster.makeRoom();
      },
    };
    this.settings = {
      rules: (address, speaksJson, identity) =>
        rulesFor(source, clock, address, speaksJson, identity),
      limits: {
        frameBytes: options.chunkSizeLimit,
        frameWarnBytes: options.chunkSizeWarnLimit,
        decompressedBytes: options.decompressionSizeLimit,
        memoryBytes: options.memoryLimit,
      },
      patience: { idleMs: options.idleTimeout, frameMs: options.frameTimeout },
      vet: stampVetting(given.trust, fleet, warn),
      skipsRepeated: options.skipRepeatedChunks,
      deniesKeepalive: options.denyKeepalive,
      handshakeTimeoutMs: given.handshakeTimeoutMs ?? 0,
      nameless: given.nameless ?? '',
      refusals: this.refusals,
      frameRefusals,
      memory,
      roster,
      stopGraceMs,
      clock,
      log,
      onStored(stamp, count, address, relayed) {
        fleet.stored(stamp, count, address);
        fleet.carried(stamp.origin, relayed);
      },
    };
  }

  /** What serves a connection, of a client that has a certificate perhaps. */
  server(
    emit: (batch: EventBatch) => Promise<void>,
    gate: ForwardGate | undefined,
    signal: AbortSignal,
  ): (socket: Socket, identity?: string) => void {
    const settings = { ...this.settings, emit, gate };
    return (socket, identity) => {
      const serving = serveForward(socket, settings, signal, identity);
      this.connections.add(serving);
      void serving.then(() => this.connections.delete(serving));
    };
  }

  /** Resolves when all connections have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.connections);
  }
}
