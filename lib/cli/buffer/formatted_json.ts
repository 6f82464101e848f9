import { isUtf8 } from 'node:buffer';
import type { ChunkHead } from '../../buffer/store/chunk_head.ts';

/** What an output's `format` made, as a line of JSON: as `formatted` or, where it is no text, `formattedBase64`. */
export function formattedJson(id: string, head: ChunkHead | undefined, bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const content = isUtf8(buffer)
    ? { formatted: buffer.toString() }
    : { formattedBase64: buffer.toString('base64') };
  return `${JSON.stringify({ tag: head?.tag, chunk: id, ...content })}\n`;
}
