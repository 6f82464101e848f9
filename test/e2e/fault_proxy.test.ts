import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { askAgents, EmbeddedAgent, type EmbeddedCollector, startCollector } from './embedded.ts';
import { type Fault, FaultProxy } from './fault_proxy.ts';
import { describeTally, filesBelow, isWhole, tallyFolder } from './tally.ts';
import { until } from './waiting.ts';

const linesAChunk = 5;

/** What a proxy does to the first connections, and how many acks that loses at least. */
interface Trial {
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly lines: number;
  readonly lostAcks?: number;
  /** Short where only silence tells that something is wrong. */
  readonly ackTimeout?: string;
  /** The lines make chunks of several frames; else each `linesAChunk` make one of one frame. */
  readonly isLarge?: boolean;
}

const trials: readonly Trial[] = [
  { name: 'delay', lines: 50, faults: [{ does: 'delay', ms: 200 }] },
  // A frame is some 700 bytes.
  {
    name: 'reset',
    lines: 100,
    faults: [1, 10, 300, 1000, 4000].map((afterBytes) => ({ does: 'reset', afterBytes })),
  },
  {
    name: 'half_open',
    lines: 100,
    ackTimeout: '2s',
    faults: [1, 1000].map((afterBytes) => ({ does: 'half_open', afterBytes })),
  },
  // It takes its time, but no byte is lost: nothing is sent again.
  {
    name: 'drip',
    lines: 3 * linesAChunk,
    faults: [{ does: 'drip', bytes: 1, pauseMs: 0 }],
  },
  { name: 'double_acks', lines: 100, faults: [{ does: 'double_acks' }] },
  { name: 'foreign_acks', lines: 100, faults: [{ does: 'foreign_acks' }] },
  {
    name: 'lose_acks',
    lines: 100,
    ackTimeout: '2s',
    lostAcks: 3,
    faults: Array.from({ length: 3 }, () => ({ does: 'lose_acks', count: 1 })),
  },
  {
    name: 'reset_at_ack',
    lines: 100,
    lostAcks: 4,
    faults: Array.from({ length: 4 }, () => ({ does: 'reset_at_ack' })),
  },
  {
    name: 'black_hole',
    lines: 100,
    ackTimeout: '2s',
    faults: [{ does: 'black_hole' }, { does: 'black_hole' }],
  },
  { name: 'refuse', lines: 100, faults: Array.from({ length: 5 }, () => ({ does: 'refuse' })) },
  {
    name: 'large_chunk',
    lines: 60_000,
    isLarge: true,
    ackTimeout: '4s',
    lostAcks: 1,
    faults: [
      { does: 'half_open', afterBytes: 3_000_000 },
      { does: 'lose_acks', count: 1 },
    ],
  },
];

test('whatever a network does, each line arrives once, and the collector knows what came twice', async (t) => {
  const folder = ownFolder(t);
  const collector = await startCollector(join(folder, 'collector'));
  const proven = await Promise.allSettled(trials.map((trial) => prove(trial, folder, collector)));
  await collector.running.stop();
  const failures = proven.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
});

const rounds = 6;
const linesARound = 50;

test('of two collectors both have lines only where an ack was lost, and their reports name how many chunks', async (t) => {
  const folder = ownFolder(t);
  const collectors = [
    await startCollector(join(folder, 'one')),
    await startCollector(join(folder, 'two')),
  ];
  const proxies = await Promise.all(
    collectors.map(({ port }) => FaultProxy.start(port, () => undefined)),
  );
  const name = 'shared';
  const agent = await EmbeddedAgent.start(join(folder, name), {
    ...{
      name,
      linesAChunk,
      ackTimeout: '2s',
      flushInterval: '100ms',
      ports: proxies.map(({ port }) => port),
    },
    threads: 4,
  });
  const countMissing = (): number => agent.written - linesIn(collectors, name).size;
  for (let round = 0; round < rounds; round += 1) {
    const proxy = proxies[round % proxies.length];
    assert(proxy !== undefined);
    // In every third round the collector stays: it alone gets the chunks again, and knows them.
    const goesAway = round % 3 !== 2;
    proxy.losesAcks = true;
    const lostBefore = proxy.lostAcks.length;
    agent.write(linesARound);
    await until('no ack is lost', 30_000, () => proxy.lostAcks.length > lostBefore);
    if (goesAway) await proxy.stop();
    proxy.losesAcks = false;
    await until('not every line is there', 30_000, () => countMissing() === 0);
    await agent.running.flush();
    if (goesAway) await proxy.listenAgain();
  }
  await agent.running.flush();
  await agent.running.stop();
  for (const { running } of collectors) await running.flush();
  const known = (await askAgents(collectors)).get(name);
  for (const { running } of collectors) await running.stop();
  for (const proxy of proxies) await proxy.stop();

  for (const { out } of collectors) {
    const { repeated, invented, altered } = tallyFolder(out, agent.written);
    assert.deepEqual([repeated, invented, altered], [[], [], []]);
  }
  const both = [...linesIn(collectors, name)].flatMap(([line, times]) => (times > 1 ? [line] : []));
  const chunks = new Set(both.map((line) => Math.floor((line - 1) / linesAChunk)));
  assert.equal(both.length, chunks.size * linesAChunk, 'chunks come whole');
  const lost = proxies.flatMap(({ lostAcks }) => lostAcks);
  t.diagnostic(`${chunks.size} chunks are with both, ${lost.length} acks were lost`);
  assert(chunks.size > 0 && chunks.size <= new Set(lost).size);
  assert.deepEqual(
    {
      completeness: known?.completeness,
      doubledChunks: known?.doubledChunks,
      repeatedFrames: known?.repeatedFrames,
      events: known?.events,
      reporters: known?.reporters,
      receivers: known?.receivers,
    },
    {
      completeness: 'complete',
      doubledChunks: chunks.size,
      // Every ack that was lost made a chunk come once more: to the other collector, or to the same one.
      repeatedFrames: lost.length - chunks.size,
      events: agent.written + both.length,
      ...{ reporters: 2, receivers: 2 },
    },
  );
});

/** The numbers of the lines of an agent, and how many collectors have each. */
function linesIn(
  collectors: readonly EmbeddedCollector[],
  name: string,
): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { out } of collectors) {
    for (const path of filesBelow(join(out, name))) {
      for (const [, digits] of readFileSync(path, 'utf8').matchAll(/^\{"n":(\d+),.*\n/gm)) {
        counts.set(Number(digits), (counts.get(Number(digits)) ?? 0) + 1);
      }
    }
  }
  return counts;
}

async function prove(
  { name, faults, lines, lostAcks = 0, ackTimeout = '60s', isLarge = false }: Trial,
  folder: string,
  collector: EmbeddedCollector,
): Promise<void> {
  const proxy = await FaultProxy.start(collector.port, (connection) => faults[connection]);
  const agent = await EmbeddedAgent.start(join(folder, name), {
    ...{ name, ackTimeout, threads: 1 },
    linesAChunk: isLarge ? lines : linesAChunk,
    // Chunks that are full do not wait for it.
    flushInterval: isLarge ? '20s' : '100ms',
    ports: [proxy.port],
  });
  agent.write(lines);
  const tally = (): ReturnType<typeof tallyFolder> => tallyFolder(join(collector.out, name), lines);
  await until(`${name}: not every line is there`, 60_000, () => tally().missing.length === 0);
  // The ack of the last one may have been lost.
  await agent.running.flush();
  await collector.running.flush();
  await agent.running.stop();
  await proxy.stop();
  assert(isWhole(tally()), `${name}: ${describeTally(tally())}`);
  assert(proxy.connections >= faults.length, `${name}: ${proxy.connections} connections`);
  assert(proxy.lostAcks.length >= lostAcks, `${name}: ${proxy.lostAcks.length} acks were lost`);
  const known = (await askAgents([collector])).get(name);
  assert(!isLarge || (known?.frames ?? 0) > 1, `${name}: ${known?.frames} frames`);
  assert.deepEqual(
    {
      name,
      completeness: known?.completeness,
      events: known?.events,
      frames: known?.frames,
      repeatedFrames: known?.repeatedFrames,
    },
    {
      name,
      completeness: 'complete',
      events: lines,
      frames: isLarge ? known?.frames : lines / linesAChunk,
      repeatedFrames: proxy.lostAcks.length,
    },
  );
}

function ownFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-fault_proxy-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
