import assert from 'node:assert/strict';
import test from 'node:test';
import { RouteDoor } from '../../../lib/graph/route_door.ts';
import { branches } from '../../../lib/plugin/branch.ts';
import { batchOf, exitTo, outcomeOf, TestDoor } from './doors.ts';

test('a route gives each branch what it directs there', () => {
  const doors = [new TestDoor(), new TestDoor()];
  const route = new RouteDoor(
    'under_test',
    (batch) => branches(batch, 2).map((each, branch) => ({ branch, batch: each })),
    doors,
    exitTo(undefined),
  );
  const batch = batchOf('a', { n: 1 });
  route.offer(batch);
  doors[0]?.taken[0]?.delivery.ack();
  assert.equal(outcomeOf(batch), undefined);
  doors[1]?.taken[0]?.delivery.ack();
  assert.equal(outcomeOf(batch), true);
});

test('a caller waits for every branch that is full', async () => {
  const full = new TestDoor();
  full.isOpen = false;
  const doors = [new TestDoor(), full];
  const route = new RouteDoor(
    'under_test',
    (batch) => branches(batch, 2).map((each, branch) => ({ branch, batch: each })),
    doors,
    exitTo(undefined),
  );
  const wait = route.offer(batchOf('a', { n: 1 }));
  assert.notEqual(wait, undefined);
  full.release();
  await wait;
});

test('a route that throws sends the batch to @ERROR', () => {
  const errors = new TestDoor();
  const route = new RouteDoor(
    'under_test',
    () => {
      throw new Error('lost my way');
    },
    [new TestDoor()],
    exitTo(errors),
  );
  route.offer(batchOf('a', { n: 1 }));
  assert.deepEqual(errors.records, [['a', [{ n: 1 }]]]);
});

test('a branch that does not exist nacks the batch', () => {
  const batch = batchOf('a', { n: 1 });
  const route = new RouteDoor(
    'under_test',
    (each) => [{ branch: 7, batch: each }],
    [],
    exitTo(undefined),
  );
  route.offer(batch);
  assert.equal(outcomeOf(batch), false);
});
