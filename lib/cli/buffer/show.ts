import { deadLetterLine, printIsoTime } from '../../buffer/dead_letter.ts';
import { realFiles } from '../../buffer/store/file_system.ts';
import { type Content, readContent } from '../../buffer/survey/content.ts';
import { hidesEvents } from '../../buffer/survey/damage.ts';
import { type ChunkReport, examine } from '../../buffer/survey/examine.ts';
import { isUnfinished, isWrittenTo } from '../../buffer/survey/judge_chunk.ts';
import { eachChunk, type OpenedChunk } from '../../buffer/survey/open_chunk.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { printJson } from '../../codec/json_print.ts';
import { toError } from '../../error.ts';
import type { Entry } from '../../event/entry.ts';
import { counted, shownText } from '../figures.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { profileOf } from './chunk_profile.ts';
import { formattedJson } from './formatted_json.ts';
import { chooseChunks, describeRefusal, locate, type Target } from './locate.ts';
import { placeText, Troubles } from './troubles.ts';

export interface ShowOptions {
  readonly json?: boolean;
  /** What the chunks are, and not their events. */
  readonly head?: boolean;
  readonly limit?: number;
}

/** `millrace buffer show`: the events of chunks, one a line; fails when some cannot be read. */
export async function show(
  path: string,
  ids: readonly string[],
  options: ShowOptions,
  terminal: Terminal,
  clock: Clock = systemClock,
): Promise<number> {
  const troubles = new Troubles(terminal);
  const shower = new Shower(options, terminal, troubles, clock);
  for (const target of chooseChunks(locate([path], terminal), ids)) {
    if (!(await shower.show(target))) break;
  }
  return troubles.isMissing ? exitCodes.failed : exitCodes.ok;
}

/** Shows chunks until enough was shown. */
class Shower {
  readonly #options: ShowOptions;
  readonly #terminal: Terminal;
  readonly #troubles: Troubles;
  readonly #clock: Clock;
  #left: number;

  constructor(options: ShowOptions, terminal: Terminal, troubles: Troubles, clock: Clock) {
    this.#options = options;
    this.#terminal = terminal;
    this.#troubles = troubles;
    this.#clock = clock;
    this.#left = options.limit ?? Number.POSITIVE_INFINITY;
  }

  /** False when no more is wanted. */
  async show({ chunks, survey }: Target): Promise<boolean> {
    const isInUse = isWrittenTo(survey);
    const opening = eachChunk(realFiles, survey.folder, chunks, (opened) => opened);
    for await (const each of opening) {
      try {
        if ('error' in each) throw each.error;
        if (this.#options.head === true) await this.#profile(each.seen);
        else await this.#content(each.seen, isInUse, chunks.length > 1);
      } catch (error) {
        this.#troubles.unreadable(each.path, describeRefusal('it', error).message);
      }
      if (this.#left <= 0 || this.#terminal.out.dropped > 0) return false;
    }
    return true;
  }

  async #profile(opened: OpenedChunk): Promise<void> {
    const profile = await profileOf(realFiles, opened);
    const { json: isJson = false } = this.#options;
    await this.#terminal.out.write(isJson ? profile.json() : profile.text(this.#clock.nowMs()));
    this.#left -= 1;
  }

  async #content(opened: OpenedChunk, isInUse: boolean, isOneOfMany: boolean): Promise<void> {
    const { json: isJson = false } = this.#options;
    const report = await examine(realFiles, opened);
    if (isOneOfMany && !isJson) await this.#terminal.out.write(titleOf(report));
    for await (const content of readContent(realFiles, report)) {
      // What is not yet written whole is nobody's loss.
      if (content.kind === 'damage' && isInUse && isUnfinished(report, content.damage)) continue;
      this.#tell(opened, content);
      const lines = isJson ? this.#json(content, report) : this.#text(content, report);
      for (const line of lines) {
        if (this.#left <= 0 || this.#terminal.out.dropped > 0) return;
        await this.#terminal.out.write(line);
        if (content.kind !== 'damage') this.#left -= 1;
      }
    }
  }

  #tell({ path }: OpenedChunk, content: Content): void {
    if (content.kind === 'damage') this.#troubles.damage(path, content.damage);
    if (content.kind === 'unreadable') this.#troubles.unreadable(path, content.reason);
  }

  *#json(content: Content, { head, opened }: ChunkReport): Generator<string> {
    const tag = head?.tag ?? '';
    if (content.kind === 'entries') {
      for (const entry of content.entries) yield deadLetterLine(entry, tag, {});
    }
    if (content.kind === 'formatted') yield formattedJson(opened.id, head, content.bytes);
  }

  *#text(content: Content, { head }: ChunkReport): Generator<string> {
    if (content.kind === 'entries') {
      const tag = head === undefined ? '?' : shownText(head.tag);
      for (const entry of content.entries) yield eventText(entry, tag);
    }
    if (content.kind === 'formatted') yield* shownLines(content.bytes);
    if (content.kind === 'damage' && hidesEvents(content.damage)) {
      yield `-- gap: ${placeText(content.damage)} --\n`;
    }
  }
}

function titleOf({ count, head, opened }: ChunkReport): string {
  const tag = head === undefined ? '' : `, tag ${shownText(head.tag)}`;
  return `-- chunk ${opened.id}, ${opened.state}${tag}, ${counted(count, 'event')} --\n`;
}

function eventText({ record, time }: Entry, tag: string): string {
  let text: string;
  try {
    text = printJson(record);
  } catch (thrown) {
    text = `(${toError(thrown).message}: \`--json\` shows it exactly)`;
  }
  return `${printIsoTime(time)} ${tag}: ${shownText(text)}\n`;
}

function* shownLines(bytes: Uint8Array): Generator<string> {
  const text = Buffer.from(bytes).toString();
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  // A tab moves the cursor no further than a text may.
  for (const line of lines) yield `${line.split('\t').map(shownText).join('\t')}\n`;
}
