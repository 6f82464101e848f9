import { realFiles } from '../../buffer/store/file_system.ts';
import { bisectedIn, undelivered } from '../../buffer/survey/bisected.ts';
import { eachChunk, type OpenedChunk } from '../../buffer/survey/open_chunk.ts';
import { summarize } from '../../buffer/survey/summarize.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { figure } from '../figures.ts';
import { openProgress } from '../progress.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import {
  type ListedChunk,
  type ListedSummary,
  rowHeadings,
  rowJson,
  rowText,
} from './listed_chunk.ts';
import { locate, type Target } from './locate.ts';
import { FolderTotals } from './totals.ts';

/** What chunks can be sorted by; `age` is the order in which they were begun. */
export type Sorting = 'age' | 'events' | 'bytes';

export interface LsOptions {
  readonly json?: boolean;
  readonly sort: Sorting;
  readonly limit?: number;
}

/** Sorting keeps rows, and all those of a large buffer would not fit. */
const mostSorted = 1000;

/** `millrace buffer ls`: a line a chunk, then what all come to; fails when a chunk cannot be read. */
export async function ls(
  paths: readonly string[],
  options: LsOptions,
  terminal: Terminal,
  clock: Clock = systemClock,
): Promise<number> {
  const { json: isJson = false } = options;
  const nowMs = clock.nowMs();
  let isReadable = true;
  for (const [index, target] of locate(paths, terminal).entries()) {
    const { survey } = target;
    const totals = new FolderTotals(survey);
    if (!isJson) await terminal.out.write(`${index === 0 ? '' : '\n'}${survey.folder}\n`);
    let shown = 0;
    for await (const row of rowsOf(target, options, terminal, totals)) {
      if (shown === 0 && !isJson) await terminal.out.write(rowHeadings);
      await terminal.out.write(isJson ? rowJson(row, survey, nowMs) : rowText(row, nowMs));
      shown += 1;
    }
    const left = totals.chunks - shown;
    if (left > 0 && !isJson) await terminal.out.write(`(and ${figure(left)} more)\n`);
    await terminal.out.write(isJson ? totals.json(nowMs) : totals.text(nowMs));
    if (totals.unreadable > 0) isReadable = false;
  }
  return isReadable ? exitCodes.ok : exitCodes.failed;
}

/** The chunks to be shown, in order; all are added to `totals`. */
async function* rowsOf(
  target: Target,
  options: LsOptions,
  terminal: Terminal,
  totals: FolderTotals,
): AsyncGenerator<ListedChunk, void, undefined> {
  const { json: isJson = false, sort } = options;
  const isSorting = sort !== 'age';
  const limit = options.limit ?? (isSorting ? mostSorted : Number.POSITIVE_INFINITY);
  const kept: ListedChunk[] = [];
  const progress = await openProgress(terminal, {
    ...{ label: 'reading', total: target.chunks.length, print: figure },
    // Rows that are printed as they come show how far it is.
    isSilent: isJson || !isSorting,
  });
  try {
    const { folder } = target.survey;
    const bisected = bisectedIn(realFiles, folder);
    const look = async (opened: OpenedChunk): Promise<ListedSummary> => {
      const summary = await summarize(realFiles, opened);
      if (!bisected.has(opened.id)) return { ...summary, rest: undefined };
      const { count } = summary;
      return { ...summary, rest: undelivered(realFiles, folder, { id: opened.id, count }) };
    };
    for await (const row of eachChunk(realFiles, folder, target.chunks, look)) {
      totals.add(row);
      progress.advance(1);
      if (isSorting) keep(kept, row, sort, limit);
      else if (totals.chunks <= limit) yield row;
      // Nobody reads on.
      if (terminal.out.dropped > 0) return;
    }
  } finally {
    progress.finish();
  }
  yield* best(kept, sort, limit);
}

function keep(kept: ListedChunk[], row: ListedChunk, sort: Sorting, limit: number): void {
  kept.push(row);
  if (kept.length >= 2 * limit + mostSorted)
    kept.splice(0, kept.length, ...best(kept, sort, limit));
}

/** The largest first. */
function best(kept: readonly ListedChunk[], sort: Sorting, limit: number): ListedChunk[] {
  const sizeOf = (row: ListedChunk): number => {
    if (!('seen' in row)) return -1;
    return sort === 'events' ? row.seen.count : row.seen.storedBytes;
  };
  return kept.toSorted((one, other) => sizeOf(other) - sizeOf(one)).slice(0, limit);
}
