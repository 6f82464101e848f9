import { createReadStream } from 'node:fs';
import { decodeEntries } from '../../codec/entry_codec.ts';
import { parseJson } from '../../codec/json.ts';
import { LineSplitter } from '../../codec/lines.ts';
import { MillraceError, toError } from '../../error.ts';
import { type Entry, type EventRecord, getField, isRecord } from '../../event/entry.ts';
import { EventTime } from '../../event/time.ts';
import { compileTimeParser } from '../../event/time_parse.ts';

/** An event of a dead letter. */
export interface LetterEvent {
  readonly tag: string;
  readonly entry: Entry;
  /** Why this one failed, where it is known for each. */
  readonly reason: string | undefined;
  /** The plugin in which it failed. */
  readonly plugin: string | undefined;
}

/** A line of a dead letter: an event, or what is wrong with it. */
export type LetterLine =
  | { readonly number: number; readonly event: LetterEvent; readonly lineBytes: number }
  | { readonly number: number; readonly fault: string };

const parseTime = compileTimeParser({ format: '%iso8601' });

/** The lines of a dead letter as they come, numbered from 1. @throws MR_IO when the file cannot be read */
export async function* readLetterLines(path: string): AsyncGenerator<LetterLine, void, undefined> {
  const splitter = new LineSplitter();
  let number = 0;
  for await (const block of blocksOf(path)) {
    splitter.push(block);
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
      number += 1;
      yield readLine(number, line);
    }
  }
  // Lines are written with their ends: what has none was torn.
  if (splitter.rest() !== undefined) yield { number: number + 1, fault: 'it is not whole' };
}

function readLine(number: number, line: Buffer): LetterLine {
  try {
    return { number, event: parseLetterLine(line.toString()), lineBytes: line.length };
  } catch (thrown) {
    return { number, fault: toError(thrown).message };
  }
}

/**
 * The event in a line, exactly: its MessagePack counts where the line has it.
 * @throws MR_CODEC or MR_TIME when it is no line of a dead letter
 */
export function parseLetterLine(text: string): LetterEvent {
  const line = parseJson(text);
  if (!isRecord(line)) throw new MillraceError('MR_CODEC', 'expected an object');
  const tag = getField(line, 'tag');
  if (typeof tag !== 'string') throw new MillraceError('MR_CODEC', 'it has no tag');
  return {
    tag,
    entry: packedEntry(line) ?? plainEntry(line),
    reason: textAt(line, 'reason'),
    plugin: textAt(line, 'plugin'),
  };
}

function packedEntry(line: EventRecord): Entry | undefined {
  const packed = textAt(line, 'packed');
  return packed === undefined ? undefined : decodeEntries(Buffer.from(packed, 'base64'))[0];
}

function plainEntry(line: EventRecord): Entry {
  const record = getField(line, 'record');
  if (!isRecord(record)) throw new MillraceError('MR_CODEC', 'it has no record');
  const time = textAt(line, 'time') ?? '';
  // Beyond what a calendar holds, seconds stand there.
  const [, sec, nsec] = /^(-?\d+)\.(\d{9})$/.exec(time) ?? [];
  if (sec === undefined || nsec === undefined) return { time: parseTime(time), record };
  return { time: new EventTime(Number(sec), Number(nsec)), record };
}

function textAt(line: EventRecord, key: string): string | undefined {
  const value = getField(line, key);
  return typeof value === 'string' ? value : undefined;
}

async function* blocksOf(path: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* createReadStream(path);
  } catch (thrown) {
    const cause = toError(thrown);
    throw new MillraceError('MR_IO', `the dead letter cannot be read: ${cause.message}`, { cause });
  }
}
