import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Balance } from '../../../lib/net/balance.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

interface Server {
  readonly name: string;
  readonly weight: number;
  readonly isStandby: boolean;
}

const recoverWaitMs = 10_000;

function server(name: string, weight = 60, isStandby = false): Server {
  return { name, weight, isStandby };
}

function names(list: readonly Server[]): string {
  return list.map(({ name }) => name).join('');
}

test('turns are shared by weight, exactly over a whole round', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
      (list) => {
        const servers = list.map((weight, index) => server(String(index), weight));
        const balance = new Balance(servers, recoverWaitMs, new TestClock());
        const total = list.reduce((sum, weight) => sum + weight, 0);
        const counts = new Map<Server, number>();
        for (let turn = 0; turn < total * 2; turn += 1) {
          const order = balance.next();
          assert.deepEqual(new Set(order), new Set(servers));
          const [first] = order;
          assert.ok(first);
          counts.set(first, (counts.get(first) ?? 0) + 1);
        }
        assert.deepEqual(
          servers.map((each) => counts.get(each)),
          list.map((weight) => weight * 2),
        );
      },
    ),
  );
});

test('turns are interleaved', () => {
  const balance = new Balance([server('a', 2), server('b', 1)], recoverWaitMs, new TestClock());
  const firsts = Array.from({ length: 6 }, () => balance.next()[0]?.name).join('');
  assert.equal(firsts, 'abaaba');
});

test('a server without weight is never named', () => {
  const balance = new Balance([server('a', 0), server('b')], recoverWaitMs, new TestClock());
  assert.equal(names(balance.next()), 'b');
});

test('a failing server comes last until the wait is over or it has succeeded', () => {
  const clock = new TestClock();
  const [a, b] = [server('a'), server('b')];
  const balance = new Balance([a, b], recoverWaitMs, clock);
  balance.failed(a);
  for (let turn = 0; turn < 3; turn += 1) assert.equal(names(balance.next()), 'ba');
  clock.advance(recoverWaitMs - 1);
  assert.equal(names(balance.next()), 'ba');
  clock.advance(1);
  assert.ok([balance.next(), balance.next()].some((order) => order[0] === a));
  balance.failed(a);
  balance.succeeded(a);
  assert.ok([balance.next(), balance.next()].some((order) => order[0] === a));
});

test('when all are failing, the one that failed first is tried first', () => {
  const clock = new TestClock();
  const servers = [server('a'), server('b'), server('c')];
  const balance = new Balance(servers, recoverWaitMs, clock);
  for (const index of [1, 2, 0]) {
    const failing = servers[index];
    assert.ok(failing);
    balance.failed(failing);
    clock.advance(1);
  }
  assert.equal(names(balance.next()), 'bca');
});

test('standbys make up for the lost weight and no more', () => {
  const clock = new TestClock();
  const [a, b] = [server('a', 60), server('b', 60)];
  const [s, t] = [server('s', 60, true), server('t', 60, true)];
  const balance = new Balance([a, b, s, t], recoverWaitMs, clock);
  const firsts = (): string =>
    [...new Set(Array.from({ length: 12 }, () => balance.next()[0]?.name))].sort().join('');
  assert.equal(firsts(), 'ab');
  balance.failed(a);
  assert.equal(firsts(), 'bs');
  balance.failed(b);
  assert.equal(firsts(), 'st');
  balance.succeeded(a);
  balance.succeeded(b);
  assert.equal(firsts(), 'ab');
});
