import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ForwardFrame } from '../codec/forward.ts';
import { type Origin, passingOrigin } from '../event/origin.ts';

/** An id that is drawn at random is not shorter; one that is may well be used again. */
const shortestIdBytes = 16;

/**
 * What a frame of a sender that gives no origins is known by when it is sent again: the id, the tag and the events,
 * so that two frames with the same id pass for one only if they hold the same. Undefined without an id that can be
 * taken for unique. The frame must not be compressed any more.
 */
export function originOfChunk({ tag, body, options }: ForwardFrame): Origin | undefined {
  const { chunk } = options;
  if (chunk === undefined || chunk.length <= shortestIdBytes) return undefined;
  const checksum = `${body.length} ${crc32(body)} ${tag ?? ''}`;
  const hash = createHash('sha256').update(chunk).update(checksum);
  return passingOrigin(hash.digest('base64url'));
}
