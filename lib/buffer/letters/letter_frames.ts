import { createHash } from 'node:crypto';
import { renameSync } from 'node:fs';
import { encodeEntries } from '../../codec/entry_codec.ts';
import type { Entry } from '../../event/entry.ts';
import type { Origin } from '../../event/origin.ts';
import type { DeadLetterFiles } from './find_letters.ts';
import { readLetterLines } from './letter_lines.ts';

/** Events of a dead letter that are sent together. */
export interface LetterFrame {
  readonly tag: string;
  readonly packed: Uint8Array;
  readonly count: number;
  /** The same whenever the dead letter is replayed, and so is `chunk`: a receiver can tell what comes again. */
  readonly origin: Origin;
  readonly chunk: string;
}

/** What a dead letter is replayed as. */
export interface LetterReading {
  /** Instead of the events' own. */
  readonly tag: string | undefined;
  readonly onFault: (lineNumber: number, fault: string) => void;
}

const entriesPerFrame = 1000;
const bytesPerFrame = 2 * 1024 * 1024;

/**
 * Makes sure that no process adds to a file of single events any more: it begins another when this one has lost its
 * name. So what is replayed stays as it is.
 */
export function closeLetter(letter: DeadLetterFiles): DeadLetterFiles {
  if (!letter.isOpen || letter.linesPath === undefined) return letter;
  const linesPath = letter.linesPath.replace(/\.jsonl$/, '.closed.jsonl');
  renameSync(letter.linesPath, linesPath);
  return { ...letter, linesPath, isOpen: false };
}

/** The events in a dead letter's lines, in order, as frames of one tag each. @throws MR_IO when they cannot be read */
export async function* letterFrames(
  id: string,
  linesPath: string,
  { onFault, tag: givenTag }: LetterReading,
): AsyncGenerator<LetterFrame, void, undefined> {
  let entries: Entry[] = [];
  let tag = '';
  let begin = 0;
  let end = 0;
  let bytes = 0;
  const frame = (): LetterFrame => {
    const origin = { source: sourceOf(id, givenTag), epoch: 0, begin, end, low: 0 };
    const packed = encodeEntries(entries);
    return { tag, packed, count: entries.length, origin, chunk: nameOf(origin) };
  };
  for await (const line of readLetterLines(linesPath)) {
    if (!('event' in line)) {
      onFault(line.number, line.fault);
      continue;
    }
    const { entry, tag: ownTag } = line.event;
    const nextTag = givenTag ?? ownTag;
    const isFull = entries.length >= entriesPerFrame || bytes >= bytesPerFrame;
    if (entries.length > 0 && (nextTag !== tag || isFull)) {
      yield frame();
      entries = [];
    }
    if (entries.length === 0) {
      begin = line.number - 1;
      bytes = 0;
    }
    bytes += line.lineBytes;
    tag = nextTag;
    end = line.number;
    entries.push(entry);
  }
  if (entries.length > 0) yield frame();
}

/** Under another tag it is not the same once more, but something else. */
function sourceOf(id: string, givenTag: string | undefined): string {
  const source = `dead-letter:${id}`;
  return givenTag === undefined ? source : `${source}:${digest(givenTag).toString('hex', 0, 8)}`;
}

/** As Fluentd names chunks: 16 bytes as base64. */
function nameOf({ begin, end, source }: Origin): string {
  return digest(`${source} ${begin} ${end}`).subarray(0, 16).toString('base64');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
