import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import type { Discovery, FoundServer } from '../../../lib/plugin/contract.ts';
import { Discovered } from '../../../lib/plugin/discovered.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

function server(host: string): FoundServer {
  const common = { port: 1, name: undefined, weight: 60, isStandby: false };
  return { ...common, host, username: '', password: '', sharedKey: undefined };
}

/** A discovery that finds what a test says, first and later. */
class Found implements Discovery {
  first: readonly string[] | undefined;
  starts = 0;
  #tell: (servers: readonly FoundServer[]) => void = () => {};

  constructor(...first: string[]) {
    this.first = first;
  }

  async start(tell: (servers: readonly FoundServer[]) => void): Promise<void> {
    this.starts += 1;
    if (this.first === undefined) throw new MillraceError('MR_NET', 'nobody knows');
    this.#tell = tell;
    this.find(...this.first);
  }

  find(...hosts: string[]): void {
    this.#tell(hosts.map(server));
  }
}

function discoveredBy(...discoveries: Found[]) {
  const lists: string[] = [];
  const context = testContext();
  const discovered = new Discovered(
    discoveries,
    (servers) => void lists.push(servers.map(({ host }) => host).join('')),
    context.log,
  );
  return { discovered, lists, context };
}

test('the lists of all are joined, at first and whenever one changes', async () => {
  const [one, other] = [new Found('a', 'b'), new Found('c')];
  const { discovered, lists } = discoveredBy(one, other);
  await discovered.start();
  assert.equal(lists.at(-1), 'abc');
  other.find('d', 'e');
  assert.equal(lists.at(-1), 'abde');
  one.find('x');
  assert.equal(lists.at(-1), 'xde');
});

test('it starts once, however often it is asked to', async () => {
  const one = new Found('a');
  const { discovered } = discoveredBy(one);
  await Promise.all([discovered.start(), discovered.start()]);
  await discovered.start();
  assert.equal(one.starts, 1);
});

test('an empty list is passed over with a warning', async () => {
  const one = new Found('a');
  const { discovered, lists, context } = discoveredBy(one);
  await discovered.start();
  const told = lists.length;
  one.find();
  assert.equal(lists.length, told);
  assert.match(context.logs[0]?.message ?? '', /empty list/);
});

test('until all have found servers the start fails, and only those that have not are started again', async () => {
  const [one, other] = [new Found('a'), new Found()];
  other.first = undefined;
  const { discovered, lists } = discoveredBy(one, other);
  await assert.rejects(discovered.start(), { code: 'MR_NET', message: /nobody knows/ });
  other.first = [];
  await assert.rejects(discovered.start(), { code: 'MR_NET', message: /no server was found/ });
  assert.deepEqual(lists, []);
  other.first = ['b'];
  await discovered.start();
  assert.equal(lists.at(-1), 'ab');
  assert.deepEqual([one.starts, other.starts], [1, 3]);
});

test('after the stop nothing is told', async () => {
  const one = new Found('a');
  const { discovered, lists } = discoveredBy(one);
  await discovered.start();
  const told = lists.length;
  discovered.stop();
  one.find('b');
  assert.equal(lists.length, told);
});
