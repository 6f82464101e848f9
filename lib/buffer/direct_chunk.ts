import type { Clock } from '../clock.ts';
import { toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Entry } from '../event/entry.ts';
import type { Chunk, Output } from '../plugin/contract.ts';
import type { Templates } from './placeholder.ts';

/** An entry of a batch that did not get where it should. */
export interface FailedEntry {
  readonly entry: Entry;
  readonly cause: Error;
}

/** A batch as a chunk of its own. */
export interface DirectChunk {
  readonly chunk: Chunk;
  /** The entries in the chunk, in order: all of the batch but those that could not be formatted. */
  readonly kept: readonly Entry[];
  readonly unformatted: readonly FailedEntry[];
}

/** Makes a chunk of a batch, formatted if the output formats; never throws. Its id is drawn by `random`. */
export function directChunk(
  batch: EventBatch,
  output: Output,
  templates: Templates,
  clock: Clock,
  random: () => number,
): DirectChunk {
  const { tag } = batch;
  const { bytes, kept, unformatted } = contentOf(batch, output);
  const id = drawChunkId(random);
  const key = { tag, timekey: undefined, variables: new Map<string, string>() };
  const chunk: Chunk = {
    id,
    key,
    tag,
    count: kept.length,
    sizeBytes: bytes?.length ?? batch.sizeBytes,
    createdMs: clock.nowMs(),
    attempts: 0,
    origin: batch.origin,
    isFormatted: bytes !== undefined,
    async *bytes() {
      yield bytes ?? batch.packed();
    },
    async *entries() {
      yield kept;
    },
    expand: (template) => templates.expand(template, id, key),
  };
  return { chunk, kept, unformatted };
}

function drawChunkId(random: () => number): string {
  return Buffer.from(Array.from({ length: 16 }, () => Math.floor(random() * 256))).toString('hex');
}

interface Content {
  readonly bytes: Uint8Array | undefined;
  readonly kept: readonly Entry[];
  readonly unformatted: readonly FailedEntry[];
}

function contentOf(batch: EventBatch, output: Output): Content {
  const entries = batch.entries();
  if (output.format === undefined) return { bytes: undefined, kept: entries, unformatted: [] };
  const pieces: Uint8Array[] = [];
  const kept: Entry[] = [];
  const unformatted: FailedEntry[] = [];
  for (const entry of entries) {
    try {
      const piece = output.format(entry, batch.tag);
      pieces.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
      kept.push(entry);
    } catch (thrown) {
      unformatted.push({ entry, cause: toError(thrown) });
    }
  }
  return { bytes: Buffer.concat(pieces), kept, unformatted };
}
