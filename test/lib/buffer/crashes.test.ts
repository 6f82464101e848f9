import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { runsFactor } from './chance.ts';
import { type Deed, type Nature, Scene } from './scene.ts';

const amount = fc.integer({ min: 1, max: 5 });
const after = fc.integer({ min: 0, max: 40 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 4 }),
      tag: fc.constantFrom('a', 'b'),
      level: fc.constantFrom('stored', 'stored', 'delivered'),
      padding: fc.constantFrom(0, 0, 700),
    }),
  },
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('turn', 'pass'), amount }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('again' as const), which: fc.nat(50) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constantFrom('seal', 'fail', 'refuse', 'heal', 'settle', 'close'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('fault' as const),
      call: fc.constantFrom(
        ...(['sync', 'sync', 'syncFolder', 'write', 'open', 'remove', 'rename'] as const),
        ...(['truncate', 'read', 'readNow', 'removeNow'] as const),
      ),
      code: fc.constantFrom('EIO', 'ENOSPC', 'EMFILE', 'EACCES'),
      after: fc.integer({ min: 0, max: 5 }),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('writeBack' as const), after }) },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('crash' as const), after, isPowerCut: fc.boolean() }),
  },
);
const nature: fc.Arbitrary<Nature> = fc.record({
  // Sectors are never so small: what holds for these holds for longer frames.
  sectorBytes: fc.constantFrom(8, 64, 512),
  seed: fc.nat(1_000_000),
  likelihood: fc.constantFrom(0.1, 0.5, 0.9),
  slowness: fc.constantFrom(0, 0, 3),
});

/** What failed once, or fails when something is left out that no other example needs. */
const examples: [Deed[], Nature][] = [
  // A kill leaves a frame that is not safe; its batch, offered again, is acked after the restart.
  [
    [
      { does: 'append', count: 1, tag: 'a' },
      { does: 'turn', amount: 3 },
      { does: 'crash', after: 2, isPowerCut: false },
      { does: 'append', count: 1, tag: 'a' },
      { does: 'turn', amount: 3 },
      { does: 'again', which: 1 },
      { does: 'turn', amount: 3 },
      { does: 'crash', after: 0, isPowerCut: true },
    ],
    { sectorBytes: 8, seed: 0, likelihood: 0 },
  ],
  // A sync fails, what it lost is stored elsewhere, and the cut that took it out was not safe.
  [
    [
      { does: 'fault', call: 'sync', code: 'EIO', after: 2, times: 1 },
      { does: 'append', count: 1, tag: 'a' },
      { does: 'append', count: 2, tag: 'a' },
      { does: 'append', count: 2, tag: 'a', padding: 700 },
      { does: 'crash', after: 8, isPowerCut: true },
      { does: 'turn', amount: 1 },
      { does: 'seal' },
      { does: 'crash', after: 0, isPowerCut: false },
      { does: 'append', count: 1, tag: 'a' },
    ],
    { sectorBytes: 64, seed: 597_181, likelihood: 0.9 },
  ],
  // A chunk that is queued already loses what a sync took out: that is stored elsewhere, and nobody is refused.
  [
    [
      { does: 'append', count: 1, tag: 'a', level: 'delivered' },
      { does: 'append', count: 2, tag: 'a' },
      { does: 'fault', call: 'sync', code: 'EIO', after: 0, times: 2 },
      { does: 'seal' },
      { does: 'turn', amount: 1 },
    ],
    { sectorBytes: 8, seed: 0, likelihood: 0.1 },
  ],
  // A torn end cannot be cut off, and the chunk that it is in is left alone: its origins must not count.
  [
    [
      { does: 'fault', call: 'truncate', code: 'EIO', after: 0, times: 1 },
      { does: 'append', count: 1, tag: 'a', level: 'delivered' },
      { does: 'crash', after: 1, isPowerCut: true },
      { does: 'again', which: 0 },
      { does: 'seal' },
      { does: 'turn', amount: 1 },
      { does: 'turn', amount: 1 },
      { does: 'seal' },
    ],
    { sectorBytes: 8, seed: 197_198, likelihood: 0.1 },
  ],
  // A dead letter's chunk comes back after a power cut, when a later one has said that it is gone.
  [
    [
      { does: 'append', count: 1, tag: 'b' },
      { does: 'append', count: 1, tag: 'b' },
      { does: 'append', count: 1, tag: 'a' },
      { does: 'refuse' },
      { does: 'pass', amount: 3 },
      { does: 'seal' },
      { does: 'crash', after: 1, isPowerCut: true },
      { does: 'append', count: 1, tag: 'a' },
    ],
    { sectorBytes: 8, seed: 0, likelihood: 0.1 },
  ],
  // A chunk is deleted, and of the snapshot that was to take its place only the old one is left.
  ...Array.from({ length: 8 }, (_, seed): [Deed[], Nature] => [
    [
      { does: 'append', count: 1, tag: 'a' },
      { does: 'seal' },
      { does: 'pass', amount: 1 },
      { does: 'crash', after: 0, isPowerCut: true },
      { does: 'again', which: 0 },
      { does: 'turn', amount: 3 },
    ],
    { sectorBytes: 64, seed, likelihood: 0.5 },
  ]),
];

async function play(context: TestContext, deeds: readonly Deed[], how: Nature): Promise<void> {
  const scene = new Scene(context, how);
  for (const each of deeds) await scene.play(each);
  await scene.finish();
  scene.check();
}

test('whatever is acknowledged is delivered, each event once, however process, disk and machine fail', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 60 }), nature, (deeds, how) =>
      play(t, deeds, how),
    ),
    { examples, numRuns: 150 * runsFactor, seed: Number(process.env['MILLRACE_SEED'] ?? 1) },
  );
});

test('a chunk that may have been delivered takes no more events after a power cut', async (t) => {
  const append = { does: 'append', count: 2, tag: 'a' } as const;
  for (let calls = 15; calls < 25; calls += 1) {
    const crash = { does: 'crash', after: calls, isPowerCut: true } as const;
    for (let seed = 0; seed < 8; seed += 1) {
      const how = { sectorBytes: 64, seed, likelihood: 0.5, slowness: 2 };
      await play(t, [crash, append, { does: 'pass', amount: 3 }, append], how);
    }
  }
});
