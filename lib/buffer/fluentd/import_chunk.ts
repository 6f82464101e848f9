import { basename } from 'node:path';
import { MillraceError, toError } from '../../error.ts';
import type { KeyValues } from '../store/chunk_head.ts';
import type { StoredChunk } from '../store/chunk_store.ts';
import type { FileSystem } from '../store/file_system.ts';
import type { ContentFault, ContentPart } from './cutter.ts';
import type { FluentdChunk } from './find_chunks.ts';
import type { ImportTarget } from './import_target.ts';
import { type ContentForm, type ContentKind, ContentReader, contentForm } from './read_content.ts';

/** What is known of the chunks only by whoever imports them. */
export interface ImportWish {
  /** The tag of chunks that do not say theirs. */
  readonly tag: string | undefined;
  /** What all chunks hold; undefined: each tells by its first bytes. */
  readonly kind: ContentKind | undefined;
  /** The field whose value stands in the names of a `file_single` buffer; undefined: it is the tag. */
  readonly field: string | undefined;
}

/**
 * What became of a chunk: `imported`; `repeated`: it was imported before, all of it; `empty`: there was nothing in it;
 * `aside`: there was no event in it, and all of it was put aside; `left`: it stays where it is.
 */
export type ImportFate = 'imported' | 'repeated' | 'empty' | 'aside' | 'left';

/** What is told of a chunk. */
export interface ImportedChunk {
  readonly path: string;
  readonly fluentdId: string;
  readonly state: FluentdChunk['state'];
  readonly fate: ImportFate;
  readonly kind: ContentKind | undefined;
  readonly key: KeyValues;
  readonly createdMs: number;
  /** How many events Fluentd noted, where it did. */
  readonly notedCount: number | undefined;
  /** Of what was imported now. */
  readonly count: number;
  readonly bytes: number;
  /** Bytes of its content that had been imported before. */
  readonly knownBytes: number;
  /** Bytes of the file that were put aside because they are no events. */
  readonly asideBytes: number;
  /** Why it was left, or bytes of it were put aside. */
  readonly reason: string | undefined;
  /** The chunk that was made of it. */
  readonly stored: StoredChunk | undefined;
}

/**
 * Imports one chunk; without a target, only tells what would become of it. A chunk that cannot be read is left.
 * @throws MR_BUFFER when the target cannot be written
 */
export async function importChunk(
  chunk: FluentdChunk,
  wish: ImportWish,
  files: FileSystem,
  target: ImportTarget | undefined,
): Promise<ImportedChunk> {
  const key = keyOf(chunk, wish);
  const told = { ...untouched(chunk), key };
  if (chunk.sizeBytes === 0) return { ...told, fate: 'empty' };
  if (chunk.meta === undefined && chunk.singleKey === undefined && key.tag === undefined) {
    return { ...told, reason: 'no metadata that can be read: `--tag` must say its tag' };
  }
  try {
    return { ...told, ...(await readChunk(chunk, key, wish, files, target)) };
  } catch (thrown) {
    const isOfTarget = thrown instanceof MillraceError && thrown.code === 'MR_BUFFER';
    if (isOfTarget) throw thrown;
    return { ...told, reason: toError(thrown).message };
  }
}

type Reading = Pick<
  ImportedChunk,
  'fate' | 'kind' | 'count' | 'bytes' | 'knownBytes' | 'asideBytes' | 'reason' | 'stored'
>;

async function readChunk(
  chunk: FluentdChunk,
  key: KeyValues,
  wish: ImportWish,
  files: FileSystem,
  target: ImportTarget | undefined,
): Promise<Reading> {
  const file = files.open(chunk.path, 'read');
  try {
    const form = await contentForm(files, file, wish.kind);
    // Text is delivered as it is, but entries go on as events, which have one.
    if (form.kind === 'entries' && key.tag === undefined) return tagless;
    const reader = new ContentReader(files, file, form);
    const done = await copy(chunk, key, form, reader, target);
    const sound = { ...done, kind: form.kind, asideBytes: 0, reason: undefined };
    const { fault } = reader;
    if (fault === undefined) return sound;
    // Where the content is compressed, places in it are none in the file.
    const rest = { start: form.isCompressed ? 0 : fault.at, end: files.sizeOf(file) };
    const reason = explain(fault, form);
    const about = `${basename(chunk.path)}: ${reason}`;
    await target?.quarantine.keepStretch(file, rest, {
      chunkId: chunk.id,
      tag: key.tag,
      reason: about,
    });
    const fate = done.fate === 'empty' ? 'aside' : done.fate;
    return { ...sound, fate, asideBytes: rest.end - rest.start, reason };
  } finally {
    files.close(file);
  }
}

const tagless: Reading = {
  fate: 'left',
  kind: 'entries',
  count: 0,
  bytes: 0,
  knownBytes: 0,
  asideBytes: 0,
  reason: 'its tag was no chunk key, so that nothing tells it: `--tag` must',
  stored: undefined,
};

/** What there is to tell of a chunk that nothing was done with. */
function untouched(chunk: FluentdChunk): Omit<ImportedChunk, 'key'> {
  return {
    path: chunk.path,
    fluentdId: chunk.id,
    state: chunk.state,
    fate: 'left',
    kind: undefined,
    createdMs: chunk.createdMs,
    notedCount: chunk.meta?.count,
    count: 0,
    bytes: 0,
    knownBytes: 0,
    asideBytes: 0,
    reason: undefined,
    stored: undefined,
  };
}

/** What the events of a chunk have in common; a tag that is given counts where the chunk has none. */
function keyOf({ meta, singleKey }: FluentdChunk, { field, tag }: ImportWish): KeyValues {
  if (singleKey !== undefined && field === undefined) {
    return { tag: singleKey, timekey: undefined, variables: new Map() };
  }
  if (singleKey !== undefined && field !== undefined) {
    return { tag, timekey: undefined, variables: new Map([[field, singleKey]]) };
  }
  const key = meta?.key ?? { tag: undefined, timekey: undefined, variables: new Map() };
  return { ...key, tag: key.tag ?? tag };
}

async function copy(
  chunk: FluentdChunk,
  key: KeyValues,
  { kind, isCompressed }: ContentForm,
  reader: ContentReader,
  target: ImportTarget | undefined,
): Promise<Pick<Reading, 'fate' | 'count' | 'bytes' | 'knownBytes' | 'stored'>> {
  const begin = target?.storedUpTo(chunk.id) ?? 0;
  let stored: StoredChunk | undefined;
  let count = 0;
  let bytes = 0;
  try {
    for await (const part of reader.parts(begin)) {
      if (target?.isStored(chunk.id, part) === true) continue;
      const own = withNotedCount(part, chunk, kind, isCompressed);
      count += own.count;
      bytes += own.content.length;
      if (target === undefined) continue;
      stored ??= target.begin({
        createdMs: chunk.createdMs,
        tag: key.tag ?? '',
        key,
        isFormatted: kind === 'text',
      });
      await target.append(stored, chunk.id, own);
    }
  } finally {
    if (stored !== undefined) target?.seal(stored);
  }
  const isNew = count > 0;
  const fate = isNew ? 'imported' : begin > 0 ? 'repeated' : 'empty';
  return { fate, count, bytes, knownBytes: begin, stored };
}

/** Only Fluentd knew how many events a text is made of; where the text is one part, its number counts. */
function withNotedCount(
  part: ContentPart,
  { meta, sizeBytes }: FluentdChunk,
  kind: ContentKind,
  isCompressed: boolean,
): ContentPart {
  const isWhole = part.begin === 0 && !isCompressed && part.end === sizeBytes;
  const noted = meta?.count ?? 0;
  return kind === 'text' && isWhole && noted > 0 ? { ...part, count: noted } : part;
}

function explain({ at, reason }: ContentFault, { isCompressed }: ContentForm): string {
  const where = isCompressed ? `byte ${at} of the decompressed content` : `byte ${at}`;
  return `what follows ${where} is no event: ${reason}`;
}
