import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../error.ts';
import type { TaggedEntry } from '../event/entry.ts';
import { readCaptured } from './capture.ts';

/** What a buffer could not deliver. */
export interface DeadLetter {
  readonly outputId: string;
  readonly reason: string;
  readonly attempts: number;
  /** How many events it holds. */
  readonly count: number;
  /** Its events, if the output was replaced by a capture. */
  readonly events: readonly TaggedEntry[];
  /** Its content as it lies in the file. */
  readonly text: string;
}

/** Reads the dead letters below a folder: one folder for each output, as `lib/buffer/dead_letter.ts` writes them. */
export async function readDeadLetters(folder: string): Promise<readonly DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (const outputId of await namesIn(folder)) {
    for (const name of await namesIn(join(folder, outputId))) {
      if (!name.endsWith('.reason.json')) continue;
      letters.push(await readLetter(join(folder, outputId, name), outputId));
    }
  }
  return letters;
}

/** What is in `ID.reason.json`, as far as it matters here. */
interface Reasons {
  readonly reason: string;
  readonly attempts: number;
  readonly count: number;
  readonly isFormatted: boolean;
}

async function readLetter(path: string, outputId: string): Promise<DeadLetter> {
  const reasons: Reasons = JSON.parse(await readFile(path, 'utf8'));
  const { reason, attempts, count, isFormatted } = reasons;
  const ending = isFormatted ? '.txt' : '.jsonl';
  const text = await readFile(path.replace(/\.reason\.json$/, ending), 'utf8');
  const isCaptured = isFormatted && capturedLines.test(text);
  const events = isCaptured ? readCaptured(text) : [];
  return { outputId, reason, attempts, count, events, text };
}

const capturedLines = /^(?:[A-Za-z0-9+/]*={0,2} [A-Za-z0-9+/]+={0,2}\n)+$/;

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
