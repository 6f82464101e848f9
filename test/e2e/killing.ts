import { setTimeout as wait } from 'node:timers/promises';
import { type Phase, takeAim } from './phases.ts';
import type { Program } from './program.ts';

/** Something that is killed and started again. */
export interface Victim {
  readonly name: string;
  readonly start: () => Program;
  /** When it is killed. */
  readonly phases: readonly Phase[];
}

/** How the killing goes. */
export interface KillingSetup {
  /** How often each victim is killed. */
  readonly kills: number;
  readonly random: () => number;
  readonly report: (text: string) => void;
}

/** The victims that live in the end, and how often each phase was hit. */
export interface Killing {
  readonly programs: readonly Program[];
  readonly hits: ReadonlyMap<string, number>;
}

const reportedKills = 25;

/** Kills each victim `kills` times, each time in a phase drawn at random; then lets all of them live. */
export async function killAll(
  victims: readonly Victim[],
  { kills, random, report }: KillingSetup,
): Promise<Killing> {
  const hits = new Map<string, number>();
  // Drawn beforehand: how long anything takes does not change the plan.
  const plan = Array.from({ length: kills }, () =>
    victims.map((victim) => drawKill(victim.phases, random)),
  );
  const programs = victims.map((victim) => victim.start());
  for (const [round, turns] of plan.entries()) {
    for (const [index, victim] of victims.entries()) {
      const turn = turns[index];
      if (turn === undefined) continue;
      await programs[index]?.kill();
      const aim = takeAim(turn.phase);
      const program = victim.start();
      programs[index] = program;
      const seen = (await aim.begun) ?? 'nothing in time';
      if (turn.delayMs >= 1) await wait(turn.delayMs);
      program.end();
      if (victims.length > 1) {
        // What the others are to be killed at may need it.
        await program.ended;
        programs[index] = victim.start();
      }
      hits.set(seen, (hits.get(seen) ?? 0) + 1);
    }
    const isShown = (round + 1) % reportedKills === 0 || round + 1 === kills;
    if (isShown) report(`${round + 1} kills: ${describeHits(hits)}`);
  }
  for (const [index, victim] of victims.entries()) {
    await programs[index]?.kill();
    programs[index] = victim.start();
  }
  return { programs, hits };
}

/** How often each phase was hit, in words. */
export function describeHits(hits: ReadonlyMap<string, number>): string {
  return [...hits].map(([name, count]) => `${name} ${count}`).join(', ');
}

interface Turn {
  readonly phase: Phase;
  readonly delayMs: number;
}

/** Every second kill comes at once: what is seen from outside is seen late as it is. */
function drawKill(phases: readonly Phase[], random: () => number): Turn {
  const phase = phases[Math.floor(random() * phases.length)];
  if (phase === undefined) throw new Error('a victim without phases');
  const isAtOnce = random() < 0.5 && phase.folder !== undefined;
  const spread = random() * phase.spreadMs;
  return { phase, delayMs: isAtOnce ? 0 : spread };
}
