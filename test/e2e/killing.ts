import { setTimeout as wait } from 'node:timers/promises';
import type { Program } from './program.ts';

/** Something that is killed and started again. */
export interface Victim {
  readonly name: string;
  readonly start: () => Program;
}

/** How long a life lasts: start-up takes about 300 ms, and some are killed during it. */
const shortestLifeMs = 150;
const longestLifeMs = 1200;

/** Kills each victim `kills` times at random moments, one after another; gives the last, living ones. */
export async function killAll(
  victims: readonly Victim[],
  kills: number,
  random: () => number,
  report: (text: string) => void,
): Promise<Program[]> {
  const lives = victims.map((victim) => victim.start());
  for (let round = 1; round <= kills; round += 1) {
    for (const [index, victim] of victims.entries()) {
      const lifeMs = shortestLifeMs + random() * (longestLifeMs - shortestLifeMs);
      await wait(lifeMs / victims.length);
      await lives[index]?.kill();
      report(`kill ${round} of ${victim.name}, after ${Math.round(lifeMs)} ms`);
      lives[index] = victim.start();
    }
  }
  return lives;
}
