import type { FolderSurvey } from '../../buffer/survey/folder.ts';
import type { FolderFault } from '../../buffer/survey/inspect_folder.ts';
import type { Judgement } from '../../buffer/survey/judge_chunk.ts';
import type { SeenChunk } from '../../buffer/survey/open_chunk.ts';
import { counted, figure, sizeText } from '../figures.ts';
import { damageJson } from './chunk_profile.ts';
import { holderText } from './chunk_text.ts';
import { remedyText } from './remedy.ts';
import { placeText } from './troubles.ts';

/** What `verify` says of the chunks of one folder, and what they come to. */
export class VerifyReport {
  readonly #survey: FolderSurvey;
  readonly #isJson: boolean;
  #whole = 0;
  #damaged = 0;
  #unreadable = 0;
  #beingWritten = 0;
  #events = 0;
  #lostEvents = 0;
  /** Whether there may be more lost events than are known. */
  #isLossUnknown = false;
  #bytes = 0;
  #faults = 0;

  constructor(survey: FolderSurvey, isJson: boolean) {
    this.#survey = survey;
    this.#isJson = isJson;
  }

  get isWhole(): boolean {
    return this.#damaged + this.#unreadable + this.#faults === 0;
  }

  /** What is to be printed of a chunk; to a person, only what is wrong. */
  chunk(each: SeenChunk<Judgement | undefined>): string {
    const { chunk, path } = each;
    const about = { type: 'chunk', ...chunk, path };
    if ('error' in each) {
      this.#unreadable += 1;
      const { message } = each.error;
      if (this.#isJson) return line({ ...about, verdict: 'unreadable', error: message });
      return `${path}: cannot be read: ${message}\n`;
    }
    // It was delivered meanwhile.
    if (each.seen === undefined) return '';
    this.#count(each.seen);
    return this.#isJson ? line({ ...about, ...verdictJson(each.seen) }) : verdictText(each.seen);
  }

  fault({ path, reason, remedy }: FolderFault): string {
    this.#faults += 1;
    if (this.#isJson) return line({ type: 'fault', path, reason, remedy });
    return `${path}: ${reason}\n  repair: ${remedy}\n`;
  }

  /** What all come to. */
  end(): string {
    const { folder, holder } = this.#survey;
    const chunks = this.#whole + this.#damaged + this.#unreadable;
    if (this.#isJson) {
      return line({
        ...{ type: 'folder', folder, isWhole: this.isWhole, chunks, whole: this.#whole },
        ...{ damaged: this.#damaged, unreadable: this.#unreadable, faults: this.#faults },
        ...{ beingWritten: this.#beingWritten, events: this.#events, lostEvents: this.#lostEvents },
        ...{ isLossUnknown: this.#isLossUnknown, bytes: this.#bytes, holder },
      });
    }
    const parts = [`${counted(chunks, 'chunk')}: ${figure(this.#whole)} whole`];
    if (this.#damaged > 0) parts.push(`${figure(this.#damaged)} damaged`);
    if (this.#unreadable > 0) parts.push(`${figure(this.#unreadable)} cannot be read`);
    const ends = [parts.join(', '), `${counted(this.#events, 'event')}${this.#lossText()}`];
    ends.push(`${sizeText(this.#bytes)} read`);
    if (this.#beingWritten > 0) ends.push(`${figure(this.#beingWritten)} being written now`);
    if (this.#faults > 0) ends.push(`${counted(this.#faults, 'other fault')}`);
    ends.push(holderText(this.#survey));
    return `${folder}: ${ends.join('; ')}\n`;
  }

  #count({ damages, isBeingWritten, report }: Judgement): void {
    if (damages.length === 0) this.#whole += 1;
    else this.#damaged += 1;
    if (isBeingWritten) this.#beingWritten += 1;
    this.#events += report.count;
    this.#bytes += report.opened.size;
    this.#lostEvents += report.lostEvents ?? 0;
    if (damages.length > 0 && report.lostEvents === undefined) this.#isLossUnknown = true;
  }

  #lossText(): string {
    if (this.#lostEvents === 0) return '';
    return ` whole, ${this.#isLossUnknown ? 'at least ' : ''}${figure(this.#lostEvents)} lost`;
  }
}

function verdictText({ damages, report }: Judgement): string {
  const { count, lostEvents, opened } = report;
  if (damages.length === 0) return '';
  const lost = lostEvents === undefined || lostEvents === 0 ? '' : `, ${figure(lostEvents)} lost`;
  const lines = damages.flatMap((damage) => [
    `  ${placeText(damage)}: ${damage.reason}`,
    `    repair: ${remedyText(report, damage)}`,
  ]);
  return [`${opened.path}: damaged; ${counted(count, 'event')} whole${lost}`, ...lines]
    .map((each) => `${each}\n`)
    .join('');
}

function verdictJson({ damages, isBeingWritten, report }: Judgement): object {
  const { count, frames, lostEvents, opened } = report;
  const wholeVerdict = isBeingWritten ? 'being written' : 'whole';
  return {
    verdict: damages.length > 0 ? 'damaged' : wholeVerdict,
    ...{ bytes: opened.size, frames, events: count, lostEvents },
    damages: damages.map((damage) => ({
      ...damageJson(damage),
      remedy: remedyText(report, damage),
    })),
  };
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
