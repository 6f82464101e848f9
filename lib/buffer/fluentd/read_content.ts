import { gzipMembers } from '../../codec/gzip_members.ts';
import { MillraceError } from '../../error.ts';
import type { FileSystem } from '../store/file_system.ts';
import type { ContentFault, ContentPart, Cutter } from './cutter.ts';
import { EntryCutter } from './entry_cutter.ts';
import { TextCutter } from './text_cutter.ts';

/** What a chunk holds: packed entries, or what an output's `format` made of them. */
export type ContentKind = 'entries' | 'text';

/** What the first bytes of a chunk tell. */
export interface ContentForm {
  readonly kind: ContentKind;
  /** Gzip members one after another, as `compress gzip` makes them. */
  readonly isCompressed: boolean;
}

const blockBytes = 1024 * 1024;
const startBytes = 64;
const gzipStart = Buffer.from([0x1f, 0x8b, 0x08]);
const zstdStart = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/**
 * Tells what a chunk holds; `given` is what its owner says of it.
 * @throws MR_CODEC when it is compressed otherwise than with gzip
 */
export async function contentForm(
  files: FileSystem,
  file: number,
  given: ContentKind | undefined,
): Promise<ContentForm> {
  const start = Buffer.alloc(startBytes);
  const length = files.readNow(file, start, 0);
  const isCompressed = startsWith(start, gzipStart);
  if (startsWith(start, zstdStart)) {
    throw new MillraceError('MR_CODEC', 'it is compressed with zstd, which is not supported');
  }
  if (given !== undefined) return { kind: given, isCompressed };
  if (!isCompressed) return { kind: guess(start.subarray(0, length)), isCompressed };
  return { kind: guess(await firstInflated(files, file)), isCompressed };
}

/**
 * Reads a chunk from `position` of its content on. Damage ends the reading, with what is right before it given out.
 */
export class ContentReader {
  /** Where the content stops being right, once all parts are read. */
  fault: ContentFault | undefined;
  readonly #files: FileSystem;
  readonly #file: number;
  readonly #form: ContentForm;

  constructor(files: FileSystem, file: number, form: ContentForm) {
    this.#files = files;
    this.#file = file;
    this.#form = form;
  }

  /** @throws the system's error when the file cannot be read */
  async *parts(position: number): AsyncGenerator<ContentPart, void, undefined> {
    const { kind, isCompressed } = this.#form;
    const cutter: Cutter =
      kind === 'entries' ? new EntryCutter(position) : new TextCutter(position);
    const content = isCompressed ? this.#inflated(position) : this.#blocks(position);
    for await (const bytes of content) {
      yield* cutter.push(bytes);
      if (cutter.fault !== undefined) break;
    }
    yield* cutter.finish();
    this.fault = cutter.fault ?? this.fault;
  }

  #blocks(position: number): AsyncGenerator<Uint8Array, void, undefined> {
    return blocksOf(this.#files, this.#file, position);
  }

  async *#inflated(position: number): AsyncGenerator<Uint8Array, void, undefined> {
    let at = 0;
    try {
      for await (const bytes of inflate(this.#files, this.#file)) {
        const end = at + bytes.length;
        if (end > position) yield bytes.subarray(Math.max(0, position - at));
        at = end;
      }
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw thrown;
      this.fault = { at, reason: thrown.message };
    }
  }
}

/** Nothing when not even the first member is sound. */
async function firstInflated(files: FileSystem, file: number): Promise<Uint8Array> {
  try {
    for await (const bytes of inflate(files, file)) if (bytes.length > 0) return bytes;
  } catch (thrown) {
    if (!(thrown instanceof MillraceError)) throw thrown;
  }
  return new Uint8Array();
}

/** Text never begins with these bytes; what begins with zeros is damage of a power cut. */
function guess(start: Uint8Array): ContentKind {
  const [first = 0] = start;
  return first === 0x92 || first === 0 ? 'entries' : 'text';
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.subarray(0, start.length).equals(start);
}

async function* blocksOf(
  files: FileSystem,
  file: number,
  start: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = start; ; ) {
    const block = Buffer.allocUnsafe(blockBytes);
    const read = await files.read(file, block, position);
    if (read === 0) return;
    yield block.subarray(0, read);
    position += read;
  }
}

/** The contents of gzip members. @throws MR_CODEC when one is damaged or torn */
async function* inflate(
  files: FileSystem,
  file: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const blocks: Uint8Array[] = [];
  for await (const block of blocksOf(files, file, 0)) blocks.push(block);
  for (const { contents, isWhole } of gzipMembers(Buffer.concat(blocks))) {
    yield contents;
    if (!isWhole) throw new MillraceError('MR_CODEC', 'the last gzip member is not whole');
  }
}
