import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Delivery, type Outcome } from '../../../lib/event/delivery.ts';

const gone = new Error('gone');
const full = new Error('full');

/** Outcomes as a listener hears of them: each must come once. */
function heard(delivery: Delivery): Outcome[] {
  const outcomes: Outcome[] = [];
  delivery.onSettled((outcome) => outcomes.push(outcome));
  return outcomes;
}

test('an ack and a nack reach every listener once, and the promise', async () => {
  const good = new Delivery();
  const outcomes = [heard(good), heard(good)];
  good.ack();
  assert.deepEqual(outcomes, [[{ ok: true }], [{ ok: true }]]);
  assert.deepEqual(await good.settled, { ok: true });
  const bad = new Delivery();
  bad.nack(gone);
  assert.deepEqual(await bad.settled, { ok: false, cause: gone });
});

test('a listener that comes late hears of it at once', () => {
  const delivery = new Delivery();
  delivery.ack();
  assert.deepEqual(heard(delivery), [{ ok: true }]);
});

test('a second settle is ignored and counted', () => {
  const delivery = new Delivery();
  const outcomes = heard(delivery);
  const before = Delivery.repeatedSettles;
  delivery.nack(gone);
  delivery.ack();
  delivery.nack(full);
  assert.deepEqual(outcomes, [{ ok: false, cause: gone }]);
  assert.equal(Delivery.repeatedSettles - before, 2);
});

test('a split delivery settles when all parts have, with the first nack', () => {
  const delivery = new Delivery();
  const outcomes = heard(delivery);
  const [first, second, third] = delivery.split(3);
  third?.nack(full);
  first?.nack(gone);
  assert.deepEqual(outcomes, []);
  second?.ack();
  assert.deepEqual(outcomes, [{ ok: false, cause: full }]);
});

test('a split consumes the handle: to settle or split it again changes nothing and is counted', () => {
  const delivery = new Delivery();
  const outcomes = heard(delivery);
  const [first, second] = delivery.split(2);
  const before = Delivery.repeatedSettles;
  delivery.ack();
  const strays = delivery.split(2);
  assert.equal(Delivery.repeatedSettles - before, 2);
  for (const stray of strays) stray.nack(gone);
  assert.deepEqual(outcomes, []);
  first?.ack();
  second?.ack();
  assert.deepEqual(outcomes, [{ ok: true }]);
});

test('parts of a delivery that is settled already concern nobody', () => {
  const delivery = new Delivery('delivered');
  delivery.nack(gone);
  const parts = delivery.split(2);
  assert.equal(parts.length, 2);
  for (const part of parts) {
    assert.equal(part.level, 'delivered');
    part.ack();
  }
  assert.deepEqual(delivery.outcome, { ok: false, cause: gone });
});

test('a split into nothing acknowledges, a split into one is the delivery itself', () => {
  const nowhere = new Delivery();
  assert.deepEqual(nowhere.split(0), []);
  assert.deepEqual(nowhere.outcome, { ok: true });
  const same = new Delivery();
  assert.deepEqual(same.split(1), [same]);
});

test('a split into no whole number of parts is refused and leaves the delivery as it was', () => {
  const delivery = new Delivery();
  for (const count of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => delivery.split(count), RangeError);
  }
  delivery.ack();
  assert.deepEqual(delivery.outcome, { ok: true });
});

test('joined deliveries settle alike, and one alone is not wrapped', () => {
  const parts = [new Delivery(), new Delivery()];
  const outcomes = parts.map(heard);
  Delivery.join(parts).nack(gone);
  assert.deepEqual(outcomes, [[{ ok: false, cause: gone }], [{ ok: false, cause: gone }]]);
  const [only = new Delivery()] = parts;
  assert.equal(Delivery.join([only]), only);
});

test('a join of nothing can be settled', () => {
  const joined = Delivery.join([]);
  joined.ack();
  assert.deepEqual(joined.outcome, { ok: true });
});

test('a join waits for delivery if one of its parts does; a part has its whole’s level', () => {
  const stored = new Delivery();
  const delivered = new Delivery('delivered');
  assert.equal(Delivery.join([stored, delivered]).level, 'delivered');
  assert.equal(Delivery.join([new Delivery(), new Delivery()]).level, 'stored');
  assert(delivered.split(2).every((part) => part.level === 'delivered'));
  assert(stored.split(2).every((part) => part.level === 'stored'));
});

test('a delivery knows whether others settle it', () => {
  const [split, joined, alone] = [new Delivery(), new Delivery(), new Delivery()];
  split.split(2);
  Delivery.join([joined, new Delivery()]);
  Delivery.join([alone]);
  alone.split(1);
  assert.deepEqual([split.isHandedOn, joined.isHandedOn, alone.isHandedOn], [true, true, false]);
});

test('a part that settles on its own before its join does keeps its outcome', () => {
  const early = new Delivery();
  const late = new Delivery();
  const joined = Delivery.join([early, late]);
  early.nack(gone);
  joined.ack();
  assert.deepEqual(early.outcome, { ok: false, cause: gone });
  assert.deepEqual(late.outcome, { ok: true });
});

test('a listener that throws stops neither the others nor whoever settles', async () => {
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  const parent = new Delivery();
  const [part = new Delivery(), other = new Delivery()] = parent.split(2);
  const before = Delivery.failedListeners;
  part.onSettled(() => {
    throw gone;
  });
  const outcomes = heard(part);
  part.ack();
  other.ack();
  assert.deepEqual(outcomes, [{ ok: true }]);
  assert.deepEqual(parent.outcome, { ok: true });
  assert.equal(Delivery.failedListeners - before, 1);
  assert.equal(await warned, gone);
});

test('a listener that comes late and throws does not reach its caller either', () => {
  const delivery = new Delivery();
  delivery.ack();
  const before = Delivery.failedListeners;
  delivery.onSettled(() => {
    throw gone;
  });
  assert.equal(Delivery.failedListeners - before, 1);
});

test('a listener may settle, split and listen again', () => {
  const order: string[] = [];
  const first = new Delivery();
  const second = new Delivery();
  second.onSettled(() => order.push('second'));
  first.onSettled(() => {
    second.ack();
    first.onSettled(() => order.push('late'));
    order.push('first');
  });
  first.onSettled(() => order.push('also first'));
  first.ack();
  assert.deepEqual(order, ['first', 'also first', 'second', 'late']);
});

test('deliveries may be joined one onto the other a hundred thousand times', () => {
  const root = new Delivery();
  let joined = root;
  for (let n = 0; n < 100_000; n += 1) joined = Delivery.join([joined, new Delivery()]);
  joined.nack(gone);
  assert.deepEqual(root.outcome, { ok: false, cause: gone });
});

interface Tree {
  readonly branches?: readonly Tree[];
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant({}),
    fc.record({ branches: fc.array(tie('tree'), { maxLength: 4 }) }),
  ),
}));

function leavesOf(delivery: Delivery, { branches }: Tree, inner: Delivery[]): Delivery[] {
  if (branches === undefined) return [delivery];
  if (branches.length !== 1) inner.push(delivery);
  const parts = delivery.split(branches.length);
  return parts.flatMap((part, index) => leavesOf(part, branches[index] ?? {}, inner));
}

test('however a batch is split, regrouped and settled, it settles once, when the last part has, and rightly', () => {
  const group = fc.record({
    isAcked: fc.boolean(),
    isRepeated: fc.boolean(),
    isParentTouched: fc.boolean(),
  });
  const plan = fc.record({
    tree,
    groups: fc.array(group, { minLength: 1, maxLength: 8 }),
    places: fc.array(fc.nat(7), { minLength: 40, maxLength: 40 }),
  });
  fc.assert(
    fc.property(plan, ({ tree: shape, groups, places }) => {
      const root = new Delivery();
      const outcomes = heard(root);
      const inner: Delivery[] = [];
      const leaves = leavesOf(root, shape, inner);
      const members = groups.map((_, index) =>
        leaves.filter((_leaf, at) => (places[at % places.length] ?? 0) % groups.length === index),
      );
      const causes: Error[] = [];
      let open = leaves.length;
      for (const [index, { isAcked, isRepeated, isParentTouched }] of groups.entries()) {
        const parts = members[index] ?? [];
        const joined = Delivery.join(parts);
        assert.equal(outcomes.length, open === 0 ? 1 : 0);
        const cause = new Error(`group ${index}`);
        if (isAcked) joined.ack();
        else joined.nack(cause);
        if (!isAcked && parts.length > 0) causes.push(cause);
        if (isRepeated) joined.nack(new Error('too late'));
        if (isParentTouched) for (const each of inner) each.nack(new Error('consumed'));
        open -= parts.length;
      }
      assert.equal(outcomes.length, 1);
      const [outcome] = outcomes;
      assert.equal(outcome?.ok, causes.length === 0);
      if (outcome?.ok === false) assert(causes.includes(outcome.cause));
    }),
    { numRuns: 1000 },
  );
});
