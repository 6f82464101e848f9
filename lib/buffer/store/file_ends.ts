import { decodeHead, type HeadReading, headLength, usualHeadBytes } from './chunk_head.ts';
import type { ReadingFiles } from './file_system.ts';
import { decodeFooter, type Footer, footerLength } from './footer.ts';

/** Most footers are shorter: one read gets them. */
const usualFooterBytes = 1024;

/** The head of chunk `id` at the start of a file of `size` bytes. @throws the system's error when it cannot be read */
export function readHead(files: ReadingFiles, file: number, id: string, size: number): HeadReading {
  let bytes = readUpTo(files, file, 0, Math.min(usualHeadBytes, size));
  const length = headLength(bytes);
  if (length !== undefined && length > bytes.length && length <= size) {
    bytes = readUpTo(files, file, 0, length);
  }
  return decodeHead(id, bytes);
}

/** A footer, and where in its file it starts. */
export interface PlacedFooter {
  readonly footer: Footer;
  readonly start: number;
}

/** The footer at the end of a file of `size` bytes, if there is one. @throws the system's error when it cannot be read */
export function readFooter(
  files: ReadingFiles,
  file: number,
  seed: number,
  size: number,
): PlacedFooter | undefined {
  const first = Math.min(usualFooterBytes, size);
  let tail = readUpTo(files, file, size - first, first);
  const length = footerLength(tail);
  if (length === undefined || length > size) return undefined;
  if (length > tail.length) tail = readUpTo(files, file, size - length, length);
  const footer = decodeFooter(tail.subarray(tail.length - length), seed);
  return footer === undefined ? undefined : { footer, start: size - length };
}

function readUpTo(files: ReadingFiles, file: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const read = files.readNow(file, bytes.subarray(done), position + done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}
