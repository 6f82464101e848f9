import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Balance } from '../../../lib/net/balance.ts';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';

interface Server {
  readonly name: string;
  readonly weight: number;
  readonly isStandby: boolean;
  isSound: boolean;
  lostMs: number;
}

const noChance = (): number => 0;

function server(name: string, weight = 60, isStandby = false): Server {
  return { name, weight, isStandby, isSound: true, lostMs: 0 };
}

function balanceOf(servers: readonly Server[], random: () => number = noChance): Balance<Server> {
  const balance = new Balance<Server>(random);
  balance.replace(servers);
  return balance;
}

function lose(lost: Server, atMs = 0): void {
  lost.isSound = false;
  lost.lostMs = atMs;
}

function names(list: readonly Server[]): string {
  return list.map(({ name }) => name).join('');
}

/** How many of the next `turns` turns each server has. */
function countTurns(balance: Balance<Server>, turns: number): Map<Server, number> {
  const counts = new Map<Server, number>();
  for (let turn = 0; turn < turns; turn += 1) {
    const [first] = balance.next();
    assert.ok(first);
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  return counts;
}

const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

test('turns are shared by weight, exactly over a whole round, wherever chance begins', () => {
  fc.assert(
    fc.property(weights, fc.integer(), (list, seed) => {
      const servers = list.map((weight, index) => server(String(index), weight));
      const balance = balanceOf(servers, seededRandom(seed));
      const total = list.reduce((sum, weight) => sum + weight, 0);
      assert.deepEqual(new Set(balance.next()), new Set(servers));
      const counts = countTurns(balance, total * 2);
      assert.deepEqual(
        servers.map((each) => counts.get(each)),
        list.map((weight) => weight * 2),
      );
    }),
  );
});

test('turns are interleaved', () => {
  const balance = balanceOf([server('a', 2), server('b', 1)]);
  const firsts = Array.from({ length: 6 }, () => balance.next()[0]?.name).join('');
  assert.equal(firsts, 'abaaba');
});

test('many that are started together begin with different servers', () => {
  const random = seededRandom(1);
  const firsts = new Map<string, number>();
  for (let agent = 0; agent < 400; agent += 1) {
    const servers = ['a', 'b', 'c', 'd'].map((name) => server(name));
    const name = balanceOf(servers, random).next()[0]?.name ?? '';
    firsts.set(name, (firsts.get(name) ?? 0) + 1);
  }
  for (const count of firsts.values()) assert.ok(count > 60 && count < 140, String(count));
  assert.equal(firsts.size, 4);
});

test('a server without weight is never named', () => {
  assert.equal(names(balanceOf([server('a', 0), server('b')]).next()), 'b');
  assert.deepEqual(balanceOf([server('a', 0)]).next(), []);
});

test('a lost server comes last until it is back', () => {
  const [a, b] = [server('a'), server('b')];
  const balance = balanceOf([a, b]);
  lose(a);
  for (let turn = 0; turn < 3; turn += 1) assert.equal(names(balance.next()), 'ba');
  a.isSound = true;
  assert.ok([balance.next(), balance.next()].some((order) => order[0] === a));
});

test('when all are lost, the one that was lost first is tried first', () => {
  const servers = [server('a'), server('b'), server('c')];
  for (const [index, each] of servers.entries()) lose(each, [3, 1, 2][index]);
  assert.equal(names(balanceOf(servers).next()), 'bca');
});

test('standbys make up for the lost weight and no more', () => {
  const [a, b] = [server('a', 60), server('b', 60)];
  const [s, t] = [server('s', 60, true), server('t', 60, true)];
  const balance = balanceOf([a, b, s, t]);
  const firsts = (): string =>
    names([...countTurns(balance, 12).keys()])
      .split('')
      .sort()
      .join('');
  assert.equal(firsts(), 'ab');
  lose(a);
  assert.equal(firsts(), 'bs');
  lose(b);
  assert.equal(firsts(), 'st');
  a.isSound = true;
  b.isSound = true;
  assert.equal(firsts(), 'ab');
});

test('a server that comes back gets its share and nothing of what it has missed', () => {
  const [a, b, c] = [server('a'), server('b'), server('c')];
  const balance = balanceOf([a, b, c], seededRandom(7));
  countTurns(balance, 30);
  lose(a);
  countTurns(balance, 3000);
  a.isSound = true;
  const counts = countTurns(balance, 30);
  assert.ok((counts.get(a) ?? 0) <= 11);
  assert.ok((counts.get(a) ?? 0) >= 9);
});

test('servers that were there before keep their turns when others are added or go', () => {
  const [a, b, c] = [server('a'), server('b'), server('c')];
  const balance = balanceOf([a, b], seededRandom(3));
  const [first] = balance.next();
  balance.replace([a, b, c]);
  const rest = [balance.next()[0], balance.next()[0]];
  assert.equal(new Set([first, ...rest]).size, 3);
  balance.replace([b, c]);
  assert.ok(!balance.next().includes(a));
});

/** Something that happens to servers between two turns. */
type Change = {
  readonly kind: 'lose' | 'back' | 'add' | 'remove' | 'turns';
  readonly pick: number;
};

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('lose', 'back', 'add', 'remove', 'turns', 'turns', 'turns'),
  pick: fc.nat({ max: 50 }),
});

test('whatever is lost, comes back, is added or goes, shares hold between two changes', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), fc.integer(), (changes, seed) => {
      let servers = [server('a', 1), server('b', 3), server('s', 2, true)];
      const balance = balanceOf(servers, seededRandom(seed));
      for (const { kind, pick } of changes) {
        const picked = servers[pick % Math.max(servers.length, 1)];
        if (kind === 'lose' && picked !== undefined) lose(picked, pick);
        if (kind === 'back' && picked !== undefined) picked.isSound = true;
        if (kind === 'add') {
          servers = [...servers, server(`n${servers.length}`, pick % 5, pick % 3 === 0)];
        }
        if (kind === 'remove') servers = servers.filter((each) => each !== picked);
        balance.replace(servers);
        if (kind === 'turns') checkTurns(balance, servers, pick);
      }
    }),
    { numRuns: 300 },
  );
});

function checkTurns(balance: Balance<Server>, servers: readonly Server[], turns: number): void {
  const usable = servers.filter(({ weight }) => weight > 0);
  const regular = usable.filter(({ isStandby }) => !isStandby);
  const isWhole = regular.every(({ isSound }) => isSound);
  const seen: Server[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const order = balance.next();
    assert.deepEqual(new Set(order), new Set(usable));
    const [first] = order;
    if (first === undefined) continue;
    assert.equal(
      first.isSound,
      usable.some(({ isSound }) => isSound),
    );
    if (isWhole && regular.length > 0) assert.ok(!first.isStandby);
    seen.push(first);
  }
  if (!isWhole || regular.length === 0) return;
  const total = regular.reduce((sum, { weight }) => sum + weight, 0);
  for (const each of regular) {
    const due = (seen.length * each.weight) / total;
    const had = seen.filter((one) => one === each).length;
    // Each may be one turn early or late by itself, and for each of the others.
    assert.ok(Math.abs(had - due) <= regular.length + 1, `${each.name}: ${had} of ${due}`);
  }
}
