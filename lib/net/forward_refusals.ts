import type { LogFields } from '../log.ts';
import { type Counter, instrumentsOf, type MetricRegistry } from '../metric/metric.ts';

/** Why a receiver did not take what a client sent: the values of a metric's label. */
export const refusalReasons = [
  /** Bytes that are not MessagePack, or not JSON. */
  'malformed',
  'too_deep',
  'too_long',
  /** It would take too much memory once it is decoded. */
  'too_heavy',
  'long_tag',
  /** Compressed entries that cannot be decompressed. */
  'damaged',
  'decompressed_too_long',
  'unknown_compression',
  /** A value that is no frame of the forward protocol; the connection goes on, if there are few. */
  'no_frame',
  /** The connection ended within a frame. */
  'cut_off',
  'slow_frame',
  'acks_unread',
  'idle',
  'memory',
  'too_many_connections',
] as const;

export type RefusalReason = (typeof refusalReasons)[number];

/** Something that a client sent and that is not taken; with it the connection ends. */
export class ForwardRefusal extends Error {
  readonly reason: RefusalReason;

  /** `message` is for the log. */
  constructor(reason: RefusalReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ForwardRefusal';
    this.reason = reason;
  }
}

/** Tells of what is not taken: in the log, each reason now and then, and all of it in metrics. */
export class ForwardRefusals {
  readonly #counters: ReadonlyMap<RefusalReason, Counter>;
  readonly #invalidEvents: Counter;
  readonly #warn: (kind: string, message: string, fields: LogFields) => void;

  /** `warn` is told of all, and need not log all of a kind. */
  constructor(
    inputId: string,
    metrics: MetricRegistry,
    warn: (kind: string, message: string, fields: LogFields) => void,
  ) {
    const help = 'What clients sent and was not taken, and connections that were closed.';
    this.#counters = new Map(
      refusalReasons.map((reason) => {
        const labels = { input: inputId, reason };
        return [reason, metrics.counter('millrace_forward_refused_total', help, labels)];
      }),
    );
    this.#invalidEvents = instrumentsOf(metrics, 'millrace_forward_', { input: inputId }).counter(
      'invalid_events_total',
      'Events that were skipped because they have no tag, time or record.',
    );
    this.#warn = warn;
  }

  /** Something of a client is not taken. */
  refused(client: string, reason: RefusalReason, message: string, fields: LogFields = {}): void {
    this.#counters.get(reason)?.add();
    this.#warn(reason, message, { client, reason, ...fields });
  }

  /** Events of a client are left out. */
  skipped(client: string, count: number): void {
    this.#invalidEvents.add(count);
    this.#warn('invalid events', 'invalid events were skipped', { client, count });
  }

  /** A frame is taken, but longer than its sender should make it. */
  isLong(client: string, sizeBytes: number): void {
    const message = 'a frame is longer than `chunk_size_warn_limit`';
    this.#warn('long frames', message, { client, sizeBytes });
  }
}
