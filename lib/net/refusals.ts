import type { LogFields } from '../log.ts';
import type { MetricRegistry } from '../metric/metric.ts';
import type { PeerFault } from './tls_fault.ts';

/** Tells of clients that do not come in: in the log, each kind now and then, and all of them in a metric. */
export class Refusals {
  readonly #inputId: string;
  readonly #metrics: MetricRegistry;
  readonly #warn: (kind: string, message: string, fields: LogFields) => void;

  /** `warn` is told of each refusal, and need not log all of a kind. */
  constructor(
    inputId: string,
    metrics: MetricRegistry,
    warn: (kind: string, message: string, fields: LogFields) => void,
  ) {
    this.#inputId = inputId;
    this.#metrics = metrics;
    this.#warn = warn;
  }

  /** This side does not let a client in, or has to let it go. */
  byUs(client: string, fault: PeerFault, error?: Error): void {
    this.#count(fault, 'server');
    this.#tell(`a client was refused: ${fault.words}`, 'server', client, fault, error);
  }

  /** A client does not want this server, and has said why. */
  byClient(client: string, fault: PeerFault): void {
    this.#count(fault, 'client');
    this.#tell(`a client refuses this server: ${fault.words}`, 'client', client, fault);
  }

  #tell(message: string, by: string, client: string, fault: PeerFault, error?: Error): void {
    const fields = { client, reason: fault.kind, ...(error !== undefined && { error }) };
    this.#warn(`${fault.kind} by ${by}`, message, fields);
  }

  #count({ kind }: PeerFault, by: string): void {
    const help = 'Connections that ended because one side refused the other.';
    const labels = { input: this.#inputId, reason: kind, by };
    this.#metrics.counter('millrace_input_refusals_total', help, labels).add();
  }
}
