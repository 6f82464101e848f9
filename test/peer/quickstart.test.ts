import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';
import { EventTime, FluentClient } from '@fluent-org/logger';
import { freePort } from '../e2e/program.ts';
import { until } from '../e2e/waiting.ts';
import { ownFolder, recordsIn, runExample } from '../examples/running.ts';

test('the quickstart stores what curl and @fluent-org/logger send, times to the nanosecond', async (t) => {
  const folder = ownFolder(t);
  const [forwardPort, httpPort] = [await freePort(), await freePort()];
  const program = runExample(t, 'quickstart', {
    QUICKSTART_FOLDER: folder,
    QUICKSTART_FORWARD_PORT: String(forwardPort),
    QUICKSTART_HTTP_PORT: String(httpPort),
  });
  const stored = (): Readonly<Record<string, unknown>>[] => recordsIn(folder, 'events');
  await until('its own events are not there', 30_000, () => stored().length === 3);

  const client = new FluentClient('peer', {
    ack: { ackTimeout: 20_000 },
    socket: { host: '127.0.0.1', port: forwardPort },
  });
  t.after(() => client.disconnect());
  const sec = Date.UTC(2026, 10, 22, 10) / 1000;
  await client.emit('logger', { from: 'logger' }, new EventTime(sec, 987_654_321));
  const curl = ['-sS', '--fail', '-H', 'Content-Type: application/json', '-d', '{"from":"curl"}'];
  const time = `${sec}.123456789`;
  await promisify(execFile)('curl', [
    ...curl,
    `http://127.0.0.1:${httpPort}/peer.curl?time=${time}`,
  ]);
  await until('the events sent are not there', 20_000, () => stored().length === 5);

  const timeOf = (sender: string): string => {
    const found = stored().find((record) => record['from'] === sender);
    assert.equal(found?.['tag'], `peer.${sender}`);
    return String(found?.['time']);
  };
  assert.match(timeOf('logger'), /\.987654321[+-]\d{4}$/);
  assert.match(timeOf('curl'), /\.123456789[+-]\d{4}$/);
  await program.stopCleanly();
});
