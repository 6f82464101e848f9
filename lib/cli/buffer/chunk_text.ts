import { printKeyValue } from '../../buffer/chunk_key.ts';
import type { ChunkHead, KeyValues } from '../../buffer/store/chunk_head.ts';
import type { FolderSurvey } from '../../buffer/survey/folder.ts';
import type { EventValue } from '../../event/entry.ts';
import { shownText } from '../figures.ts';

/** What events of a chunk share besides the tag: `2024-03-05T03:00:00Z level=error`. */
export function keyText({ timekey, variables }: KeyValues): string {
  const texts = timekey === undefined ? [] : [timeText(timekey * 1000)];
  for (const [name, value] of variables) {
    texts.push(shownText(`${name}=${value === null ? 'null' : printKeyValue(value)}`));
  }
  return texts.join(' ');
}

/** A key for programs; undefined for what the chunk keys do not have. */
export function keyJson({ tag, timekey, variables }: KeyValues): object {
  const values = Array.from(variables, ([name, value]) => [name, plainValue(value)] as const);
  return {
    tag,
    timekey: timekey === undefined ? undefined : timeText(timekey * 1000),
    variables: values.length === 0 ? undefined : Object.fromEntries(values),
  };
}

/** What a head says, for programs. */
export function headJson(head: ChunkHead | undefined): object {
  if (head === undefined) return {};
  const { createdMs, isFormatted, key, tag } = head;
  return { tag, key: keyJson(key), created: timeText(createdMs), isFormatted };
}

/** A moment in UTC, to the second where it is a whole one. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return `${ms / 1000}`;
  return date.toISOString().replace('.000Z', 'Z');
}

/** Who uses a folder. */
export function holderText({ holder }: FolderSurvey): string {
  return holder === undefined ? 'not in use' : `in use by process ${holder.pid}`;
}

function plainValue(value: EventValue): unknown {
  const isPlain = value === null || typeof value === 'boolean' || typeof value === 'number';
  return isPlain ? value : printKeyValue(value);
}
