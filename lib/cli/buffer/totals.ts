import type { FolderSurvey } from '../../buffer/survey/folder.ts';
import { ageText, counted, figure, shownText, sizeText } from '../figures.ts';
import { holderText, timeText } from './chunk_text.ts';
import type { ListedChunk } from './listed_chunk.ts';

/** So many names of foreign files are told. */
const mostNamed = 5;

/** What the chunks of a folder come to. */
export class FolderTotals {
  chunks = 0;
  unreadable = 0;
  #staged = 0;
  #events = 0;
  #bytes = 0;
  #oldestMs = Number.POSITIVE_INFINITY;
  readonly #survey: FolderSurvey;

  constructor(survey: FolderSurvey) {
    this.#survey = survey;
  }

  add(row: ListedChunk): void {
    this.chunks += 1;
    if (row.chunk.state === 'staged') this.#staged += 1;
    if ('error' in row) {
      this.unreadable += 1;
      return;
    }
    const { count, head, storedBytes } = row.seen;
    this.#events += count;
    this.#bytes += storedBytes;
    if (head !== undefined) this.#oldestMs = Math.min(this.#oldestMs, head.createdMs);
  }

  /** Lines for a person. */
  text(nowMs: number): string {
    const { deadLetters, foreign, quarantine } = this.#survey;
    const parts = [
      `${counted(this.chunks, 'chunk')} (${figure(this.#staged)} staged, ${figure(this.chunks - this.#staged)} queued)`,
      counted(this.#events, 'event'),
      sizeText(this.#bytes),
    ];
    if (this.#oldestMs !== Number.POSITIVE_INFINITY) {
      parts.push(`oldest ${ageText(nowMs - this.#oldestMs)}`);
    }
    if (this.unreadable > 0) parts.push(`${figure(this.unreadable)} cannot be read`);
    const aside = `${counted(deadLetters, 'dead letter')}, ${figure(quarantine.length)} in quarantine`;
    const lines = [`${parts.join(', ')}; ${aside}; ${holderText(this.#survey)}`];
    if (foreign.length > 0) {
      const some = foreign.slice(0, mostNamed).map(shownText).join(', ');
      const more = foreign.length > mostNamed ? ', ...' : '';
      lines.push(`${counted(foreign.length, 'file')} of others: ${some}${more}`);
    }
    return lines.map((line) => `${line}\n`).join('');
  }

  /** A line for programs. */
  json(nowMs: number): string {
    const { deadLetters, folder, foreign, holder, quarantine } = this.#survey;
    const hasOldest = this.#oldestMs !== Number.POSITIVE_INFINITY;
    return `${JSON.stringify({
      ...{ type: 'folder', folder, chunks: this.chunks, staged: this.#staged },
      ...{ queued: this.chunks - this.#staged, events: this.#events, bytes: this.#bytes },
      oldest: hasOldest ? timeText(this.#oldestMs) : undefined,
      oldestMs: hasOldest ? Math.max(0, nowMs - this.#oldestMs) : undefined,
      ...{ unreadable: this.unreadable, deadLetters, quarantine: quarantine.length },
      ...{ foreign: foreign.length, holder },
    })}\n`;
  }
}
