import assert from 'node:assert/strict';
import test from 'node:test';
import { cat } from '../../lib/cli/cat.ts';
import { freePort } from '../e2e/program.ts';
import { until } from '../e2e/waiting.ts';
import { testTerminal } from '../lib/cli/test_terminal.ts';
import { ownFolder, recordsIn, runExample } from './running.ts';

test('the quickstart stores and prints what comes by HTTP, by forward and from itself', async (t) => {
  const folder = ownFolder(t);
  const [forwardPort, httpPort] = [await freePort(), await freePort()];
  const program = runExample(t, 'quickstart', {
    QUICKSTART_FOLDER: folder,
    QUICKSTART_FORWARD_PORT: String(forwardPort),
    QUICKSTART_HTTP_PORT: String(httpPort),
  });
  const stored = (): Readonly<Record<string, unknown>>[] => recordsIn(folder, 'events');
  await until('its own events are not there', 30_000, () => stored().length === 3);

  const time = '2026-11-22T10:00:00.123456789Z';
  const options = {
    host: '127.0.0.1',
    port: forwardPort,
    format: 'json',
    messageKey: 'message',
  } as const;
  const sent = testTerminal('{"from":"cat"}\n');
  await cat('my.tag', { ...options, ack: true, timeout: 20, eventTime: time }, sent);
  const answer = await fetch(`http://127.0.0.1:${httpPort}/web.page`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"from":"http"}',
  });
  assert.equal(answer.status, 200);
  await until('the events sent are not there', 20_000, () => stored().length === 5);

  const byCat = stored().find((record) => record['from'] === 'cat');
  assert.equal(byCat?.['tag'], 'my.tag');
  assert.match(String(byCat?.['time']), /\.123456789[+-]\d{4}$/);
  assert.equal(
    Date.parse(String(byCat?.['time']).replace(/\d{6}([+-]\d\d)(\d\d)$/, '$1:$2')),
    Date.parse(time),
  );
  assert.equal(stored().find((record) => record['from'] === 'http')?.['tag'], 'web.page');
  await until('they are not printed', 10_000, () =>
    /my\.tag: \{"from":"cat"\}/.test(program.output()),
  );

  // The greeting names the ports that are really open.
  assert.match(program.output(), new RegExp(`curl .*127\\.0\\.0\\.1:${httpPort}/`));
  assert.match(program.output(), new RegExp(`millrace cat .*${forwardPort}`));
  assert.ok(program.output().includes(`tail -F ${folder}/events*`));
  await program.stopCleanly();
});
