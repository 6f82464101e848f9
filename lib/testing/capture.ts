import { decodeEntries, encodeEntry } from '../codec/entry_codec.ts';
import { rejectionsOf } from '../error.ts';
import type { Entry, TaggedEntry } from '../event/entry.ts';
import type { Chunk, ChunkKey, Output } from '../plugin/contract.ts';
import type { WriteFake } from './write_fake.ts';

/** A chunk that an output has delivered. */
export interface CapturedChunk {
  readonly id: string;
  /** The tag of the chunk; its events have their own. */
  readonly tag: string;
  readonly key: ChunkKey;
  /** How often delivery was tried before. */
  readonly attempts: number;
  readonly events: readonly TaggedEntry[];
}

/** Stands in the place of an output: what is delivered to it is kept in `chunks`, unless `fake` prevents it. */
export class CaptureOutput implements Output {
  readonly chunks: CapturedChunk[] = [];
  readonly #fake: WriteFake | undefined;

  constructor(fake: WriteFake | undefined) {
    this.#fake = fake;
  }

  /** A chunk knows one tag, its events may have several: each is kept with its own, on a line. */
  format(entry: Entry, tag: string): string {
    return `${base64(Buffer.from(tag))} ${base64(encodeEntry(entry))}\n`;
  }

  async write(chunk: Chunk, signal: AbortSignal): Promise<void> {
    const events = readCaptured(await textOf(chunk));
    try {
      await this.#fake?.(withEntries(chunk, events), signal);
    } catch (thrown) {
      const rejected = rejectionsOf(thrown);
      if (rejected !== undefined) {
        const refused = new Set(rejected.map(({ index }) => index));
        this.#keep(
          chunk,
          events.filter((_, index) => !refused.has(index)),
        );
      }
      throw thrown;
    }
    this.#keep(chunk, events);
  }

  #keep({ id, tag, key, attempts }: Chunk, events: readonly TaggedEntry[]): void {
    this.chunks.push({ id, tag, key, attempts, events });
  }
}

/** The events in the lines that `format` has made. */
export function readCaptured(text: string): TaggedEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [tag = '', packed = ''] = line.split(' ');
      const entries = decodeEntries(Buffer.from(packed, 'base64'));
      return entries.map((entry) => ({ tag: Buffer.from(tag, 'base64').toString(), ...entry }));
    });
}

async function textOf(chunk: Chunk): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of chunk.bytes()) pieces.push(piece);
  return Buffer.concat(pieces).toString('latin1');
}

/** The chunk as an output without a format would see it. */
function withEntries(chunk: Chunk, events: readonly TaggedEntry[]): Chunk {
  return {
    id: chunk.id,
    key: chunk.key,
    tag: chunk.tag,
    count: chunk.count,
    sizeBytes: chunk.sizeBytes,
    createdMs: chunk.createdMs,
    attempts: chunk.attempts,
    origin: chunk.origin,
    isFormatted: false,
    async *bytes() {
      yield* events.map((event) => encodeEntry(event));
    },
    async *entries() {
      yield events;
    },
    expand: (template) => chunk.expand(template),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
