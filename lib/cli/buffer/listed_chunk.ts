import type { Rest } from '../../buffer/rest.ts';
import type { FolderSurvey } from '../../buffer/survey/folder.ts';
import type { SeenChunk } from '../../buffer/survey/open_chunk.ts';
import type { ChunkSummary } from '../../buffer/survey/summarize.ts';
import { ageText, figure, shownText, sizeText } from '../figures.ts';
import { headJson, keyText } from './chunk_text.ts';

/** What `ls` tells of a chunk. */
export interface ListedSummary extends ChunkSummary {
  /** What of it is not delivered, while all else is; undefined for nearly every chunk. */
  readonly rest: Rest | undefined;
}

/** A chunk as `ls` has it. */
export type ListedChunk = SeenChunk<ListedSummary>;

/** What is long and of any length comes last: so columns stand straight whatever comes. */
const widths = { id: 32, state: 6, events: 11, bytes: 8, age: 7 } as const;

/** The line above the rows. */
export const rowHeadings = `${columns('CHUNK', 'STATE', 'EVENTS', 'BYTES', 'AGE')}  TAG  KEY\n`;

/** A chunk as a line for a person. */
export function rowText(row: ListedChunk, nowMs: number): string {
  const { id, state } = row.chunk;
  if ('error' in row) {
    return `${columns(id, state, '?', '?', '?')}  cannot be read: ${row.error.message}\n`;
  }
  const { count, damage, head, rest, storedBytes } = row.seen;
  const age = head === undefined ? '?' : ageText(nowMs - head.createdMs);
  const cells = [columns(id, state, figure(count), sizeText(storedBytes), age)];
  if (head !== undefined) cells.push(shownText(head.tag), keyText(head.key));
  if (rest !== undefined) cells.push(`(${figure(count - rest.count)} of them delivered)`);
  // At the end of a staged chunk its process may be writing.
  if (damage !== undefined && !isBeingWritten(row)) cells.push(`DAMAGED: ${damage.reason}`);
  return `${cells.filter((cell) => cell !== '').join('  ')}\n`;
}

/** A chunk as a line for programs. */
export function rowJson(row: ListedChunk, { folder }: FolderSurvey, nowMs: number): string {
  const { chunk, path } = row;
  const about = { type: 'chunk', folder, ...chunk, path };
  if ('error' in row) return `${JSON.stringify({ ...about, error: row.error.message })}\n`;
  const { count, contentBytes, damage, head, rest, storedBytes } = row.seen;
  return `${JSON.stringify({
    ...about,
    ...headJson(head),
    ...{ events: count, contentBytes, bytes: storedBytes },
    deliveredEvents: rest && count - rest.count,
    ageMs: head === undefined ? undefined : Math.max(0, nowMs - head.createdMs),
    damage: isBeingWritten(row) ? undefined : damage?.reason,
  })}\n`;
}

function isBeingWritten(row: ListedChunk): boolean {
  if (!('seen' in row) || row.chunk.state !== 'staged') return false;
  const { damage } = row.seen;
  return damage !== undefined && damage.kind !== 'gap' && damage.kind !== 'newer';
}

function columns(id: string, state: string, events: string, bytes: string, age: string): string {
  return [
    id.padEnd(widths.id),
    state.padEnd(widths.state),
    events.padStart(widths.events),
    bytes.padStart(widths.bytes),
    age.padStart(widths.age),
  ].join('  ');
}
