import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fileDiscovery from '../../../connectors/discovery/file.ts';
import { makeDiscovery, type TestDiscovery } from './harness.ts';

const yaml = `- host: 10.0.0.1
- host: b.test
  port: 24225
  name: b
  weight: 20
  standby: true
  username: user
  password: word
  shared_key: key
`;

/** A discovery by a file with a content, which can be changed. */
function discoveryOf(t: TestContext, name: string, content: string) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-discovery-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, content);
  const made = makeDiscovery(fileDiscovery({ path }));
  t.after(() => made.stop());
  const replace = (text: string): void => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  return { ...made, path, replace };
}

/** Lets the file be looked at until `isSo`; how many looks that takes is up to the disk. */
async function until(made: TestDiscovery, isSo: () => boolean): Promise<void> {
  while (!isSo()) await made.context.clock.pass(1000);
}

function warnings({ context }: TestDiscovery): number {
  return context.logs.filter(({ level }) => level === 'warn').length;
}

function hosts(lists: TestDiscovery['lists']): string[] {
  return lists.map((list) => list.map(({ host }) => host).join(' '));
}

test('the servers in a YAML file are told, with all that may be said of them', async (t) => {
  const { lists, start } = discoveryOf(t, 'servers.yml', yaml);
  await start();
  const [first, second] = lists[0] ?? [];
  assert.equal(first?.host, '10.0.0.1');
  assert.equal(first?.port, 24_224);
  assert.equal(first?.weight, 60);
  assert.deepEqual(second, {
    ...{ host: 'b.test', port: 24_225, name: 'b', weight: 20, isStandby: true },
    ...{ username: 'user', password: 'word', sharedKey: 'key' },
  });
});

test('a JSON file is read too', async (t) => {
  const { lists, start } = discoveryOf(t, 'servers.json', '[{"host":"a.test","shared_key":"k"}]');
  await start();
  assert.equal(lists[0]?.[0]?.sharedKey, 'k');
});

test('a new content is told', async (t) => {
  const made = discoveryOf(t, 'servers.yml', yaml);
  await made.start();
  made.replace('- host: c.test\n- host: d.test\n');
  await until(made, () => made.lists.length > 1);
  assert.deepEqual(hosts(made.lists), ['10.0.0.1 b.test', 'c.test d.test']);
});

test('a content that cannot be read is refused with one warning, and the next good one is told', async (t) => {
  const bad = ['host: a', '- host: a\n  wieght: 3', '- port: 1', ': [', '- 5'];
  for (const content of bad) {
    const made = discoveryOf(t, 'servers.yml', yaml);
    await made.start();
    made.replace(content);
    await until(made, () => warnings(made) > 0);
    assert.equal(made.lists.length, 1, content);
    made.replace('- host: good.test');
    await until(made, () => made.lists.length > 1);
    assert.deepEqual(hosts(made.lists.slice(1)), ['good.test']);
    assert.equal(warnings(made), 1, content);
  }
});

test('a file that is gone is a warning, and its return is noticed', async (t) => {
  const made = discoveryOf(t, 'servers.yml', yaml);
  await made.start();
  rmSync(made.path);
  await until(made, () => warnings(made) > 0);
  made.replace('- host: back.test');
  await until(made, () => made.lists.length > 1);
  assert.deepEqual(hosts(made.lists.slice(1)), ['back.test']);
  assert.equal(warnings(made), 1);
});

test('a file that is bad at first is an error that can pass, and says what is wrong', async (t) => {
  const { start } = discoveryOf(t, 'servers.yml', '- host: a\n- prot: 3\n');
  await assert.rejects(start(), {
    code: 'MR_IO',
    retryable: true,
    message: /servers\.yml: `prot` is not an option of server 2/,
    hint: 'did you mean `port`?',
  });
});

test('after the stop the file is not looked at', async (t) => {
  const made = discoveryOf(t, 'servers.yml', yaml);
  await made.start();
  made.stop();
  assert.equal(made.context.clock.timers, 0);
});
