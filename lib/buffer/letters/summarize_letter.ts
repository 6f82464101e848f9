import { type DeadLetterFiles, diedMs } from './find_letters.ts';
import { readLetterLines } from './letter_lines.ts';

/** A dead letter in a line. */
export interface LetterSummary {
  readonly id: string;
  /** Where its events lie. */
  readonly path: string | undefined;
  /** The output that could not deliver them; undefined for events that failed on their way. */
  readonly outputId: string | undefined;
  /** The plugins in which they failed, where the lines say so. */
  readonly plugins: readonly string[];
  readonly tags: readonly string[];
  readonly count: number;
  readonly attempts: number | undefined;
  readonly createdAt: string | undefined;
  readonly firstFailedAt: string | undefined;
  readonly diedAt: string;
  /** Of single events, the first one's. */
  readonly reason: string;
  /** Whether it holds what an output's `format` made, which cannot be replayed. */
  readonly isFormatted: boolean;
}

/** What there is to tell of a dead letter; its events are read only where nothing else tells. */
export async function summarizeLetter(letter: DeadLetterFiles): Promise<LetterSummary> {
  const { id, linesPath, reason, textPath } = letter;
  const common = {
    id,
    path: linesPath ?? textPath,
    diedAt: new Date(diedMs(letter)).toISOString(),
    isFormatted: linesPath === undefined && textPath !== undefined,
  };
  if (reason !== undefined)
    return { ...common, ...reason, diedAt: common.diedAt, tags: [reason.tag], plugins: [] };
  const tags = new Set<string>();
  const plugins = new Set<string>();
  let first: string | undefined;
  let count = 0;
  if (linesPath !== undefined) {
    for await (const line of readLetterLines(linesPath)) {
      count += 1;
      if (!('event' in line)) continue;
      const { plugin, tag } = line.event;
      tags.add(tag);
      if (plugin !== undefined) plugins.add(plugin);
      first ??= line.event.reason;
    }
  }
  return {
    ...common,
    outputId: undefined,
    plugins: [...plugins],
    tags: [...tags],
    count,
    attempts: undefined,
    createdAt: undefined,
    firstFailedAt: undefined,
    reason: first ?? 'unknown',
  };
}
