import { setTimeout as wait } from 'node:timers/promises';
import type { Program } from './program.ts';
import { until } from './waiting.ts';

/** Something that is killed and started again. */
export interface Victim {
  readonly name: string;
  readonly start: () => Program;
}

/** How the killing goes. */
export interface KillingSetup {
  readonly kills: number;
  readonly random: () => number;
  /** The part of the work that is done, 0 to 1: the kills are spread over it. */
  readonly progress: () => number;
  readonly report: (text: string) => void;
}

/** How long a life lasts at least and at most, once its turn has come: start-up takes about 300 ms, and some are killed during it. */
const shortestLifeMs = 150;
const longestLifeMs = 600;
/** A round does not wait longer for progress: a victim that makes none is killed too. */
const longestRoundMs = 20_000;

/** Kills each victim `kills` times at random moments, one after another; gives the last, living ones. */
export async function killAll(
  victims: readonly Victim[],
  { kills, random, progress, report }: KillingSetup,
): Promise<Program[]> {
  const lives = victims.map((victim) => victim.start());
  for (let round = 1; round <= kills; round += 1) {
    const due = (0.9 * (round - 1)) / kills;
    await until('no progress', longestRoundMs, () => progress() >= due).catch(() => {});
    for (const [index, victim] of victims.entries()) {
      const lifeMs = shortestLifeMs + random() * (longestLifeMs - shortestLifeMs);
      await wait(lifeMs / victims.length);
      await lives[index]?.kill();
      report(`kill ${round} of ${victim.name}, with ${Math.round(progress() * 100)} % done`);
      lives[index] = victim.start();
    }
  }
  return lives;
}
