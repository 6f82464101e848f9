import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import type { EventBatch } from '../../lib/event/batch.ts';
import { createLog } from '../../lib/log.ts';
import { testContext } from '../../lib/testing/test_context.ts';
import type { GoldenCase } from './adaptor.ts';
import { contextOf, makePlugin, writeMarks } from './make_plugin.ts';

interface Attributes {
  readonly [key: string]: string;
}

interface GoldenRequest {
  readonly config: Attributes;
  readonly parse?: Attributes;
  readonly method: string;
  readonly path: string;
  readonly http_version: string;
  readonly headers: Attributes;
  readonly body?: string;
  readonly body_hex?: string;
}

interface GoldenAnswer {
  readonly status: number;
  readonly interim?: number;
  readonly body?: string;
  readonly body_hex?: string;
  readonly body_first_line_only?: boolean;
  readonly headers: Attributes;
  readonly closed: boolean;
  readonly events: unknown;
}

/** An input on a real socket gets the request; its events, its answer and whether it closes must be Fluentd's. */
export default async function inHttp(golden: GoldenCase): Promise<void> {
  // The forms of a suite are given by its README; there is nothing to check them by.
  const request = golden.in as unknown as GoldenRequest;
  const expected = golden.out as GoldenAnswer;
  const { answer, rest, events } = await exchange(request, golden.in);
  const { interim, status, headers, body } = readAnswer(answer);
  assert.deepEqual(
    { interim, status, headers: selected(headers, expected.headers), closed: rest === '', events },
    {
      interim: expected.interim,
      status: expected.status,
      headers: expected.headers,
      closed: expected.closed,
      events: expected.events,
    },
  );
  if (expected.body_hex !== undefined)
    assert.equal(Buffer.from(body, 'latin1').toString('hex'), expected.body_hex);
  else
    assert.equal(
      expected.body_first_line_only === true ? body.split('\n')[0] : body,
      expected.body,
    );
}

/** Everything that is answered to the request, and then to another one on the same connection, if it is kept. */
async function exchange(request: GoldenRequest, given: GoldenCase['in']) {
  let tellPort: (port: number) => void = () => {};
  const listening = new Promise<number>((resolve) => {
    tellPort = resolve;
  });
  const log = createLog(({ message, fields }) => {
    if (message === 'listening') tellPort(Number(fields['port']));
  });
  const attrs = { ...request.config, port: '0', bind: '127.0.0.1' };
  const sections = request.parse === undefined ? [] : [{ name: 'parse', attrs: request.parse }];
  const input = await makePlugin(
    'input',
    'http',
    { attrs, sections },
    testContext({ clock: contextOf(given).clock, log }),
  );
  const batches: EventBatch[] = [];
  const stop = new AbortController();
  const ended = input.run(async (batch) => {
    batches.push(batch);
    batch.delivery.ack();
  }, stop.signal);

  const socket = net.connect({ port: await listening, host: '127.0.0.1' });
  socket.on('error', () => {});
  let received = '';
  socket.setEncoding('latin1').on('data', (text) => {
    received += text;
  });
  const closed = once(socket, 'close');
  socket.write(bytesOf(request));
  while (!socket.destroyed && !isWhole(received)) {
    await Promise.race([once(socket, 'data'), closed]);
  }
  const answer = received;
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await closed;
  stop.abort();
  await ended;
  const events = batches.flatMap((batch) =>
    batch.entries().map(({ time, record }) => ({
      tag: batch.tag,
      time: [time.sec, time.nsec],
      record: writeMarks(record),
    })),
  );
  return { answer, rest: received.slice(answer.length), events };
}

function bytesOf(request: GoldenRequest): Buffer {
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${request.method} ${request.path} HTTP/${request.http_version}\r\n${headers.join('')}\r\n`;
  const body =
    request.body_hex === undefined
      ? Buffer.from(request.body ?? '')
      : Buffer.from(request.body_hex, 'hex');
  return Buffer.concat([Buffer.from(head), body]);
}

const interimAnswer = /^HTTP\/1\.1 (1\d\d) [^\r]*\r\n\r\n/;

function isWhole(answers: string): boolean {
  const answer = answers.replace(interimAnswer, '');
  const end = answer.indexOf('\r\n\r\n');
  const length = Number(/^content-length: (\d+)\r$/im.exec(answer)?.[1] ?? 0);
  return end >= 0 && answer.length >= end + 4 + length;
}

function readAnswer(answers: string) {
  const interim = interimAnswer.exec(answers)?.[1];
  const answer = answers.replace(interimAnswer, '');
  const [head = ''] = answer.split('\r\n\r\n', 1);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const [name = ''] = line.split(':', 1);
    return [name.toLowerCase(), line.slice(name.length + 1).trim()] as const;
  });
  return {
    interim: interim === undefined ? undefined : Number(interim),
    status: Number(statusLine.split(' ')[1]),
    headers: new Map(headers),
    body: answer.slice(head.length + 4),
  };
}

function selected(headers: ReadonlyMap<string, string>, wanted: Attributes): Attributes {
  return Object.fromEntries(Object.keys(wanted).map((name) => [name, headers.get(name) ?? '']));
}
