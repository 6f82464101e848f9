import { once } from 'node:events';
import { request as send } from 'node:http';
import net from 'node:net';
import type { TestContext } from 'node:test';
import http from '../../../connectors/input/http.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { createLog, type LogLine } from '../../../lib/log.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

type Options = Parameters<typeof http>[0];

/** An answer to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly body: string;
}

/** A running input `http`, with what it has emitted. */
export interface RunningHttp {
  readonly port: number;
  readonly batches: readonly EventBatch[];
  readonly logged: readonly LogLine[];
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  /** Resolves when so many batches have been emitted. */
  emitted(count: number): Promise<void>;
  /** Sends a request with a connection of its own. */
  post(path: string, body: string | Buffer, headers?: { [name: string]: string }): Promise<Answer>;
  /** A bare connection, and what has come back on it. */
  connect(): Promise<{ readonly socket: net.Socket; readonly received: () => string }>;
}

/** Starts the input on a free port; batches are settled by `onBatch`, by an ack if there is none. */
export async function startHttp(
  test: TestContext,
  options: Options = {},
  onBatch: (batch: EventBatch) => void = (batch) => batch.delivery.ack(),
): Promise<RunningHttp> {
  const logged: LogLine[] = [];
  const batches: EventBatch[] = [];
  let wake = (): void => {};
  const log = createLog((line) => {
    logged.push(line);
    wake();
  });
  const call = http({ port: 0, bind: '127.0.0.1', ...options });
  const input = call.plugin.create(call.options, testContext({ log }));
  const stop = new AbortController();
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const ended = input.run(async (batch) => {
    batches.push(batch);
    onBatch(batch);
    wake();
  }, stop.signal);
  await Promise.race([until(() => logged.length > 0), ended]);
  const port = Number(logged[0]?.fields['port']);
  test.after(async () => {
    stop.abort();
    await ended;
  });
  return {
    port,
    batches,
    logged,
    stop,
    ended,
    emitted: (count) => until(() => batches.length >= count),
    post: (path, body, headers = {}) => post(port, path, body, headers),
    async connect() {
      const socket = net.connect({ port, host: '127.0.0.1' });
      let text = '';
      socket.on('error', () => {}).setEncoding('latin1');
      socket.on('data', (piece) => {
        text += piece;
      });
      await once(socket, 'connect');
      test.after(() => socket.destroy());
      return { socket, received: () => text };
    },
  };
}

/** Sends a request with a connection of its own. */
export async function post(
  port: number,
  path: string,
  body: string | Buffer,
  headers: { [name: string]: string } = {},
): Promise<Answer> {
  const request = send({
    port,
    path,
    host: '127.0.0.1',
    method: 'POST',
    agent: false,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
  request.end(body);
  const [response] = await once(request, 'response');
  let text = '';
  for await (const piece of response.setEncoding('latin1')) text += piece;
  return { status: response.statusCode, headers: response.headers, body: text };
}
