import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import http from '../../../connectors/input/http.ts';
import { MillraceError } from '../../../lib/error.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { defineParser } from '../../../lib/plugin/define.ts';
import { inputLaws } from '../../../lib/testing/laws/input_laws.ts';
import { post, startHttp } from './http_case.ts';

inputLaws(
  http,
  { port: 0, bind: '127.0.0.1' },
  {
    test,
    async stimulate({ logged }) {
      const { fields } = await logged('listening');
      await post(Number(fields['port']), '/app', '[{"a":1},{"a":2}]');
    },
  },
);

function recordsOf(batches: readonly EventBatch[]): EventRecord[] {
  return batches.flatMap((batch) => batch.entries().map((entry) => entry.record));
}

const requestLine = 'POST /t HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

test('answers 200 when the events are stored, and not before', async (context) => {
  const { post, batches, emitted } = await startHttp(context, {}, () => {});
  let isAnswered = false;
  const answer = post('/a/b', '[{"a":1},{"a":2}]').finally(() => {
    isAnswered = true;
  });
  await emitted(1);
  await new Promise(setImmediate);
  assert.equal(isAnswered, false);
  assert.deepEqual([batches[0]?.tag, recordsOf(batches)], ['a.b', [{ a: 1 }, { a: 2 }]]);
  batches[0]?.delivery.ack();
  assert.equal((await answer).status, 200);
});

test('answers 503 when the events could not be stored', async (context) => {
  const { post } = await startHttp(context, {}, (batch) => {
    batch.delivery.nack(new Error('the buffer is full'));
  });
  const { status, body } = await post('/t', '{}');
  assert.equal(status, 503);
  assert.match(body, /the buffer is full/);
});

test('a list is one batch, and an empty one none', async (context) => {
  const { post, batches } = await startHttp(context);
  assert.equal((await post('/t', '[{"a":1},{"a":2}]')).status, 200);
  assert.equal((await post('/t', '[]')).status, 200);
  assert.deepEqual(
    batches.map((batch) => batch.count),
    [2],
  );
});

test('a request with anything wrong in it is refused whole, with the reason', async (context) => {
  const { post, batches, logged } = await startHttp(context);
  for (const [body, reason] of [
    ['{"a":1', /^400 Bad Request\n.*not JSON/],
    ['[{"a":1},2]', /^400 Bad Request\n.*JSON map/],
    ['{"time":"zz"}', /^400 Bad Request\n.*`zz`/],
  ] as const) {
    const answer = await post('/t', body);
    assert.deepEqual([answer.status, answer.headers['content-type']], [400, 'text/plain']);
    assert.match(answer.body, reason);
  }
  assert.deepEqual(batches, []);
  const refused = logged.filter(({ level }) => level === 'warn');
  assert.deepEqual(
    refused.map(({ fields }) => [fields['status'], fields['path'], fields['client']]),
    [[400, '/t', '127.0.0.1']],
    'those that follow at once are only counted',
  );
});

test('the time is that of the parameter, of the record, or now', async (context) => {
  const { post, batches } = await startHttp(context);
  await post('/t?time=1600000000.123456789', '{"time":5}');
  await post('/t?time=0', '{"a":1}');
  await post('/t?time=soon', '{"a":1}');
  await post('/t', '{"time":1600000000.5}');
  await post('/t', '{"a":1}');
  const now = new EventTime(1_700_000_000, 0);
  assert.deepEqual(
    batches.flatMap((batch) => batch.entries().map((entry) => entry.time)),
    [
      new EventTime(1_600_000_000, 123_456_789),
      now,
      now,
      new EventTime(1_600_000_000, 500_000_000),
      now,
    ],
  );
  assert.deepEqual(recordsOf(batches)[0], { time: 5 });
});

test('adds headers, parameters and the address when asked to', async (context) => {
  const { connect, batches, emitted } = await startHttp(context, {
    addHttpHeaders: true,
    addQueryParams: true,
    addRemoteAddr: true,
    addTagPrefix: 'in',
  });
  const { socket } = await connect();
  socket.write(
    'POST http://proxy/x/y/?my-key=a+b&my-key=c HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nX-Two: 2\r\nX-two: 3\r\n' +
      'X-Forwarded-For: 203.0.113.7, 10.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}',
  );
  await emitted(1);
  assert.equal(batches[0]?.tag, 'in.x.y');
  assert.deepEqual(recordsOf(batches), [
    {
      a: 1,
      HTTP_HOST: 'h',
      HTTP_X_ONE: '1',
      HTTP_X_TWO: ['2', '3'],
      HTTP_X_FORWARDED_FOR: '203.0.113.7, 10.0.0.1',
      HTTP_CONTENT_TYPE: 'application/json',
      HTTP_CONTENT_LENGTH: '7',
      QUERY_MY_KEY: 'a b',
      REMOTE_ADDR: '203.0.113.7',
    },
  ]);
});

test('a body is read by the parser, if there is one', async (context) => {
  const pair = defineParser({
    type: 'pair',
    doc: 'For tests.',
    options: {},
    create: () => ({
      parse(input) {
        const [key = '', value] = input.toString().split('=');
        return value === undefined
          ? null
          : [{ time: new EventTime(7, 0), record: { [key]: value } }];
      },
    }),
  });
  const { post, batches } = await startHttp(context, { parse: pair({}) });
  assert.equal((await post('/t', 'a=1')).status, 200);
  assert.deepEqual(batches[0]?.entries(), [{ time: new EventTime(7, 0), record: { a: '1' } }]);
  const wrong = await post('/t', 'nothing');
  assert.equal(wrong.status, 400);
  assert.match(wrong.body, /not what parser `pair` reads/);
});

test('a body that is too long is refused with 413, however it comes', async (context) => {
  const { post, connect, batches } = await startHttp(context, {
    bodySizeLimit: 50,
    decompressionSizeLimit: 1000,
  });
  const long = JSON.stringify({ a: 'x'.repeat(100) });
  for (const [body, headers] of [
    [long, {}],
    [long, { 'Transfer-Encoding': 'chunked' }],
    [gzipSync(JSON.stringify({ a: 'x'.repeat(1000) })), { 'Content-Encoding': 'gzip' }],
  ] as const) {
    const answer = await post('/t', body, headers);
    assert.deepEqual(
      [answer.status, answer.body, answer.headers['connection']],
      [413, 'Too large', 'close'],
    );
  }
  const { socket, received } = await connect();
  socket.write(`${requestLine}Content-Length: 100\r\nExpect: 100-continue\r\n\r\n`);
  await once(socket, 'close');
  assert.match(received(), /^HTTP\/1\.1 413 /);
  assert.deepEqual(batches, []);
});

test('all bodies in memory together are bounded', async (context) => {
  const waiting: EventBatch[] = [];
  const { post, emitted } = await startHttp(
    context,
    { bodySizeLimit: 100, decompressionSizeLimit: 1 },
    (batch) => void waiting.push(batch),
  );
  const body = JSON.stringify({ a: 'x'.repeat(92) });
  const answers = Array.from({ length: 8 }, () => post('/t', body));
  await emitted(8);
  assert.equal((await post('/t', body)).status, 503);
  for (const batch of waiting) batch.delivery.ack();
  await Promise.all(answers);
  const after = post('/t', body);
  await emitted(9);
  waiting[8]?.delivery.ack();
  assert.equal((await after).status, 200);
});

test('answers the requests of a connection in their order', async (context) => {
  const { connect, batches, emitted } = await startHttp(context, {}, () => {});
  const { socket, received } = await connect();
  const packed = gzipSync('{"a":1}');
  socket.write(`${requestLine}Content-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`);
  socket.write(packed);
  socket.write(`${requestLine}Content-Length: 7\r\n\r\n{"a":2}`);
  await emitted(1);
  await new Promise(setImmediate);
  assert.deepEqual(recordsOf(batches), [{ a: 1 }]);
  batches[0]?.delivery.ack();
  await emitted(2);
  assert.deepEqual(recordsOf(batches), [{ a: 1 }, { a: 2 }]);
  batches[1]?.delivery.nack(new Error('full'));
  while (!/ 503 /.test(received())) await once(socket, 'data');
  assert.match(received(), /^HTTP\/1\.1 200 .*HTTP\/1\.1 503 /s);
});

test('when it stops, requests in progress are finished and no others are taken', async (context) => {
  const running = await startHttp(context, {}, () => {});
  const idle = await running.connect();
  const busy = await running.connect();
  busy.socket.write(`${requestLine}Content-Length: 7\r\n\r\n{"a":1}`);
  await running.emitted(1);
  running.stop.abort();
  await once(idle.socket, 'close');
  const late = await running.post('/t', '{}').catch((error) => error.code);
  assert.equal(late, 'ECONNREFUSED');
  const closed = once(busy.socket, 'close');
  running.batches[0]?.delivery.ack();
  await Promise.all([running.ended, closed]);
  assert.match(busy.received(), /^HTTP\/1\.1 200 /);
  assert.match(busy.received(), /connection: close/i);
});

test('a request that breaks off brings no event', async (context) => {
  const { connect, post, batches } = await startHttp(context);
  const { socket } = await connect();
  socket.write(`${requestLine}Content-Length: 100\r\n\r\n{"a":1}`);
  socket.end();
  await once(socket, 'close');
  assert.equal((await post('/t', '{"b":1}')).status, 200);
  assert.deepEqual(recordsOf(batches), [{ b: 1 }]);
});

test('an address that is taken is an error that says so', async (context) => {
  const { port } = await startHttp(context);
  await assert.rejects(
    startHttp(context, { port }),
    (error) =>
      error instanceof MillraceError && error.code === 'MR_NET' && /listens/.test(error.hint ?? ''),
  );
});

test('credentials need origins by name', async () => {
  for (const corsAllowOrigins of [undefined, ['*'], ['http://a', '*']]) {
    const call = http({ corsAllowCredentials: true, corsAllowOrigins });
    assert.throws(
      () => call.plugin.create(call.options, {} as never),
      (error) => error instanceof MillraceError && error.code === 'MR_OPTION',
    );
  }
});

test('says how to send an event', () => {
  const call = http({ port: 1234 });
  assert.match(
    call.plugin.hints?.(call.options, 'a.b')[0] ?? '',
    /^curl .* http:\/\/localhost:1234\/a\.b$/,
  );
});
