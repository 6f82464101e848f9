import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { decodeMulti, encode } from '@msgpack/msgpack';
import forward from '../../../connectors/input/forward.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import type { Fleet } from '../../../lib/fleet/fleet.ts';
import { createLog, type LogLine } from '../../../lib/log.ts';
import { MetricRegistry } from '../../../lib/metric/metric.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

type Options = Parameters<typeof forward>[0];

/** A forward input that runs on a free port, and everything that comes out of it. */
export interface RunningInput {
  readonly port: number;
  readonly clock: TestClock;
  readonly batches: readonly EventBatch[];
  readonly lines: readonly LogLine[];
  readonly fleet: Fleet;
  readonly metrics: MetricRegistry;
  /** Resolves when `count` batches have come. */
  arrived(count: number): Promise<void>;
  /** Resolves when a line with the text was logged. */
  logged(text: string): Promise<void>;
  /** Aborts the input; resolves when it has stopped. */
  stop(): Promise<void>;
}

/** Starts an input; without `emit`, every batch is acknowledged as it comes. */
export async function startInput(
  options: Options = {},
  emit?: (batch: EventBatch) => Promise<void>,
): Promise<RunningInput> {
  const batches: EventBatch[] = [];
  const lines: LogLine[] = [];
  let waiting: (() => void)[] = [];
  const changed = (): void => {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    }
  };
  const clock = new TestClock();
  const metrics = new MetricRegistry();
  const log = createLog((line) => {
    lines.push(line);
    changed();
  }, 'trace');
  const { plugin, options: parsed } = forward({ port: 0, bind: '127.0.0.1', ...options });
  const controller = new AbortController();
  const context = testContext({ clock, log, metrics });
  const running = plugin.create(parsed, context).run(async (batch) => {
    batches.push(batch);
    changed();
    if (emit === undefined) batch.delivery.ack();
    else await emit(batch);
  }, controller.signal);
  const hasLogged = (text: string) => (): boolean =>
    lines.some(({ message }) => message.includes(text));
  await Promise.race([until(hasLogged('listening')), running]);
  const port = lines.find(({ message }) => message === 'listening')?.fields['port'];
  assert.ok(typeof port === 'number');
  return {
    port,
    clock,
    batches,
    lines,
    fleet: context.fleet,
    metrics,
    arrived: (count) => until(() => batches.length >= count),
    logged: (text) => until(hasLogged(text)),
    stop() {
      controller.abort();
      return running;
    },
  };
}

/** A client that sends MessagePack values and collects the answers. */
export class TestClient {
  readonly socket: net.Socket;
  readonly #received: Buffer[] = [];
  readonly closed: Promise<unknown>;

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: false });
    this.socket.on('data', (bytes: Buffer) => this.#received.push(bytes));
    this.closed = new Promise((resolve) => {
      this.socket.on('error', () => {});
      this.socket.on('close', resolve);
    });
  }

  /** Sends values in one write; bytes go as they are. */
  send(...values: readonly unknown[]): void {
    const frames = values.map((value) => (Buffer.isBuffer(value) ? value : encode(value)));
    this.socket.write(Buffer.concat(frames));
  }

  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  get answers(): unknown[] {
    return [...decodeMulti(this.received)];
  }

  /** Resolves with the answers when there are `count` of them. */
  async answered(count: number): Promise<unknown[]> {
    while (this.answers.length < count) await once(this.socket, 'data');
    return this.answers;
  }
}
