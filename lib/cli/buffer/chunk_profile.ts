import { dirname } from 'node:path';
import type { Rest } from '../../buffer/rest.ts';
import type { ReadingFiles } from '../../buffer/store/file_system.ts';
import type { OriginPart } from '../../buffer/store/frame_origin.ts';
import { OriginList } from '../../buffer/store/origin_list.ts';
import { undelivered } from '../../buffer/survey/bisected.ts';
import { type ChunkReport, examine } from '../../buffer/survey/examine.ts';
import type { OpenedChunk } from '../../buffer/survey/open_chunk.ts';
import { ageText, counted, figure, shownText, sizeText } from '../figures.ts';
import { headJson, keyText, timeText } from './chunk_text.ts';
import { placeText } from './troubles.ts';

/** What a chunk is, apart from its events. */
export interface ChunkProfile {
  /** Lines for a person. */
  text(nowMs: number): string;
  /** A line for programs. */
  json(): string;
}

/** So many origins are shown to a person. */
const mostOrigins = 20;

/** Reads all of a chunk and says what it is. Rejects when the file cannot be read. */
export async function profileOf(files: ReadingFiles, opened: OpenedChunk): Promise<ChunkProfile> {
  const origins = new OriginList();
  const report = await examine(files, opened, {
    onOrigin: (origin, count) => origins.add(origin, count),
  });
  const rest = undelivered(files, dirname(opened.path), { id: opened.id, count: report.count });
  return {
    text: (nowMs) => profileText(report, rest, origins.parts, nowMs),
    json: () => profileJson(report, rest, origins.parts),
  };
}

function profileText(
  report: ChunkReport,
  rest: Rest | undefined,
  origins: readonly OriginPart[] | undefined,
  nowMs: number,
): string {
  const { contentBytes, count, damages, footer, frames, head, lostEvents, opened } = report;
  const rows: (readonly [string, string])[] = [
    ['chunk', opened.id],
    ['file', `${opened.path}, ${sizeText(opened.size)}`],
    ['state', opened.state],
  ];
  if (head !== undefined) {
    const { createdMs, isFormatted, key, tag } = head;
    rows.push(['tag', shownText(tag)]);
    const keys = keyText(key);
    if (keys !== '') rows.push(['key', keys]);
    rows.push(['begun', `${timeText(createdMs)}, ${ageText(nowMs - createdMs)} ago`]);
    rows.push(['content', isFormatted ? "what the output's `format` made" : 'packed events']);
  }
  const held = `${counted(count, 'event')} in ${counted(frames, 'frame')}, ${sizeText(contentBytes)}`;
  const lost = lostEvents === undefined || lostEvents === 0 ? '' : `; ${figure(lostEvents)} lost`;
  rows.push(['holds', `${held}${lost}`]);
  if (rest !== undefined) rows.push(['divided', restText(count, rest)]);
  rows.push(['footer', footer === undefined ? 'none' : footerText(report)]);
  for (const origin of origins?.slice(0, mostOrigins) ?? []) {
    rows.push(['origin', originText(origin)]);
  }
  const more = origins === undefined ? undefined : origins.length - mostOrigins;
  if (more === undefined) rows.push(['origin', 'too many to list']);
  else if (more > 0) rows.push(['origin', `and ${figure(more)} more`]);
  for (const damage of damages) rows.push(['damage', `${placeText(damage)}: ${damage.reason}`]);
  return rows.map(([name, text]) => `${name.padEnd(8)} ${text}\n`).join('');
}

function restText(count: number, rest: Rest): string {
  const refused = rest.rejected.length;
  const open = rest.count - refused;
  return `${counted(count - rest.count, 'event')} delivered, ${figure(refused)} refused, ${figure(open)} to be written yet`;
}

function footerText({ footer, opened }: ChunkReport): string {
  if (footer === undefined) return 'none';
  const { count, frames } = footer.footer;
  const tells = `tells of ${counted(count, 'event')} in ${counted(frames, 'frame')}`;
  return `${tells}, ${opened.size - footer.start} bytes at ${footer.start}`;
}

function originText({ begin, end, epoch, part, parts, source }: OriginPart): string {
  const which = parts === 1 ? '' : `, part ${part + 1} of ${parts}`;
  return `${shownText(source)}, epoch ${epoch}, ${begin} to ${end}${which}`;
}

function profileJson(
  report: ChunkReport,
  rest: Rest | undefined,
  origins: readonly OriginPart[] | undefined,
): string {
  const { contentBytes, count, damages, footer, frames, head, headLength, lostEvents } = report;
  const { id, path, size, state } = report.opened;
  return `${JSON.stringify({
    ...{ id, state, path, bytes: size, ...headJson(head), headBytes: headLength },
    ...{ frames, events: count, contentBytes, lostEvents },
    deliveredEvents: rest && count - rest.count,
    footer: footer && {
      ...{ offset: footer.start, frames: footer.footer.frames, events: footer.footer.count },
    },
    origins,
    damages: damages.map(damageJson),
  })}\n`;
}

/** Damage for programs. */
export function damageJson({ end, kind, reason, start }: ChunkReport['damages'][number]): object {
  return { kind, offset: start, length: end - start, reason };
}
