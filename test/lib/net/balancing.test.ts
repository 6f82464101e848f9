import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Balance, type Weighted } from '../../../lib/net/balance.ts';
import { Health } from '../../../lib/net/health.ts';
import { Heartbeat } from '../../../lib/net/heartbeat.ts';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

const recoverWaitMs = 5000;
const settings = {
  heartbeatIntervalMs: 1000,
  hardTimeoutMs: 60_000,
  phiThreshold: 16,
  recoverWaitMs,
};
/** After so long a server that is up again is used again: the longest wait for a probe, and the recover wait. */
const surelyBackMs = recoverWaitMs / 2 + 2 * recoverWaitMs;

/** A server that is up or down, as a test says, and whose health others have to find out. */
class SimulatedServer implements Weighted {
  readonly weight: number;
  readonly isStandby: boolean;
  readonly health: Health;
  readonly heartbeat: Heartbeat;
  isUp = true;
  taken = 0;
  refused = 0;
  /** How often it was lost, and how often it was back. */
  told = [0, 0];

  constructor(
    weight: number,
    isStandby: boolean,
    hasHeartbeat: boolean,
    clock: TestClock,
    random: () => number,
  ) {
    this.weight = weight;
    this.isStandby = isStandby;
    this.health = new Health(settings, clock, {
      onLost: () => this.tell(0),
      onBack: () => this.tell(1),
    });
    const { health } = this;
    const probe = async (): Promise<boolean> => {
      if (!this.isUp) throw new Error('refused');
      return true;
    };
    this.heartbeat = new Heartbeat({
      probe: hasHeartbeat ? probe : undefined,
      intervalMs: 1000,
      ...{ recoverWaitMs, health, clock, random },
    });
    this.heartbeat.start();
  }

  get isSound(): boolean {
    return this.health.isSound;
  }

  get lostMs(): number {
    return this.health.lostMs;
  }

  /** Whether it takes a chunk. */
  offer(): boolean {
    if (this.isUp) {
      this.taken += 1;
      this.health.delivered();
    } else {
      this.refused += 1;
      this.health.failed(new Error('refused'));
      this.heartbeat.onFailed();
    }
    return this.isUp;
  }

  private tell(index: 0 | 1): void {
    this.told[index] = (this.told[index] ?? 0) + 1;
  }
}

/** Servers, what balances among them, and chunks that must find one. */
class Simulation {
  readonly clock = new TestClock();
  servers: SimulatedServer[] = [];
  private readonly random: () => number;
  private readonly balance: Balance<SimulatedServer>;
  private readonly hasHeartbeat: boolean;

  constructor(seed: number, hasHeartbeat: boolean) {
    this.random = seededRandom(seed);
    this.balance = new Balance(this.random);
    this.hasHeartbeat = hasHeartbeat;
    for (const weight of [1, 2, 3]) this.add(weight, false);
    this.add(2, true);
  }

  add(weight: number, isStandby: boolean): void {
    this.servers = [
      ...this.servers,
      new SimulatedServer(weight, isStandby, this.hasHeartbeat, this.clock, this.random),
    ];
    this.balance.replace(this.servers);
  }

  remove(server: SimulatedServer): void {
    server.heartbeat.stop();
    this.servers = this.servers.filter((each) => each !== server);
    this.balance.replace(this.servers);
  }

  /** Offers a chunk to one server after another, as a sender does. */
  send(): boolean {
    return this.balance.next().some((server) => server.offer());
  }

  stop(): void {
    for (const { heartbeat } of this.servers) heartbeat.stop();
  }
}

const change = fc.record({
  kind: fc.constantFrom('down', 'up', 'add', 'remove', 'pass', 'pass'),
  pick: fc.nat({ max: 60 }),
});

test('whatever fails, recovers, is added or goes: a chunk finds a server that is up, and in the end shares are right', async () => {
  const property = fc.asyncProperty(
    fc.array(change, { maxLength: 25 }),
    fc.integer(),
    fc.boolean(),
    async (changes, seed, hasHeartbeat) => {
      const simulation = new Simulation(seed, hasHeartbeat);
      for (const { kind, pick } of changes) {
        const picked = simulation.servers[pick % simulation.servers.length];
        assert.ok(picked);
        if (kind === 'down') picked.isUp = false;
        if (kind === 'up') picked.isUp = true;
        if (kind === 'add') simulation.add(1 + (pick % 4), false);
        if (kind === 'remove' && pick % simulation.servers.length > 3) simulation.remove(picked);
        if (kind === 'pass') await simulation.clock.pass(pick * 200);
        for (let chunk = 0; chunk < 5; chunk += 1) {
          const isAnyUp = simulation.servers.some(({ isUp }) => isUp);
          assert.equal(simulation.send(), isAnyUp);
        }
      }
      await recoverAll(simulation);
      checkShares(simulation);
      simulation.stop();
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

/** Everything is up, and has chunks all the time, until all are used again. */
async function recoverAll(simulation: Simulation): Promise<void> {
  for (const server of simulation.servers) server.isUp = true;
  for (let passedMs = 0; passedMs < surelyBackMs; passedMs += 500) {
    await simulation.clock.pass(500);
    for (let chunk = 0; chunk < 10; chunk += 1) simulation.send();
  }
}

function checkShares(simulation: Simulation): void {
  const { servers } = simulation;
  const regular = servers.filter(({ isStandby }) => !isStandby);
  const round = regular.reduce((sum, { weight }) => sum + weight, 0);
  const before = servers.map(({ taken }) => taken);
  for (let chunk = 0; chunk < 3 * round; chunk += 1) assert.ok(simulation.send());
  servers.forEach((server, index) => {
    const { isStandby, taken, told, weight } = server;
    assert.equal(taken - (before[index] ?? 0), isStandby ? 0 : 3 * weight);
    // Each loss was told once, and so was each return, but for a standby that nobody tried.
    assert.ok(told[0] === told[1] || isStandby);
  });
}

test('of the chunks of a minute without one server, few were offered to it', async () => {
  for (const hasHeartbeat of [true, false]) {
    const simulation = new Simulation(1, hasHeartbeat);
    const [first] = simulation.servers;
    assert.ok(first);
    first.isUp = false;
    for (let passedMs = 0; passedMs < 60_000; passedMs += 100) {
      await simulation.clock.pass(100);
      assert.ok(simulation.send());
    }
    const most = hasHeartbeat ? 1 : 60_000 / (0.75 * recoverWaitMs);
    assert.ok(first.refused <= most, String(first.refused));
    simulation.stop();
  }
});
