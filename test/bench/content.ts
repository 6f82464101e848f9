import { createHash, type Hash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LineForm } from './floor/forms.ts';

/** How many lines there are, and what stands in them. */
export interface Content {
  readonly lines: number;
  /** Of all lines as parsed, in their order within each lane. */
  readonly digest: string;
}

/** Lines of one lane keep their order; lanes may come mixed. */
export type LaneOf = (record: Readonly<Record<string, unknown>>) => string;

/** What should come out of an input. */
export function expectedContent(input: string, change: LineForm, laneOf: LaneOf): Promise<Content> {
  return digestFiles([input], change, laneOf);
}

/** What has come out in the files of a folder, taken in the order of their names. */
export function writtenContent(folder: string, laneOf: LaneOf): Promise<Content> {
  return digestFiles(outputFiles(folder), (line) => JSON.stringify(JSON.parse(line)), laneOf);
}

/** The files that the output `file`, or a floor, writes to; what it keeps for itself is none of them. */
export function outputFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(?:log|user-)/.test(entry.name))
    .map((entry) => join(folder, entry.name))
    .sort();
}

async function digestFiles(
  paths: readonly string[],
  change: LineForm,
  laneOf: LaneOf,
): Promise<Content> {
  const lanes = new Map<string, Hash>();
  let lines = 0;
  for (const path of paths) {
    for await (const line of createInterface({ input: createReadStream(path) })) {
      const changed = change(line);
      if (changed === undefined) continue;
      lines += 1;
      const lane = laneOf(JSON.parse(changed));
      let hash = lanes.get(lane);
      if (hash === undefined) {
        hash = createHash('sha1');
        lanes.set(lane, hash);
      }
      hash.update(changed).update('\n');
    }
  }
  const whole = createHash('sha1');
  for (const lane of [...lanes.keys()].sort()) {
    whole.update(`${lane} ${lanes.get(lane)?.digest('hex')}\n`);
  }
  return { lines, digest: whole.digest('hex') };
}
