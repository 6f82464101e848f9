import type { IncomingMessage } from 'node:http';
import { gunzip } from '../codec/gzip.ts';
import { inflate } from '../codec/inflate.ts';
import { systemCode, toError } from '../error.ts';
import type { ByteBudget } from './byte_budget.ts';
import { HttpRefusal } from './http_refusal.ts';

/** How much of a body is taken. */
export interface BodyLimits {
  readonly limitBytes: number;
  /** Shared by all requests of a server: what they hold in memory together. */
  readonly budget: ByteBudget;
}

/** What is still read of a body that is too long, so that its sender gets to reading the answer. */
const discardedBytes = 64 * 1024 * 1024;

/**
 * Reads the body of a request, within the limits. Bytes are taken from the budget as they come, and `hold` is told,
 * so that they can be given back when nobody has them any more.
 * @throws HttpRefusal 413 when it is too long, 503 when the budget is used up, 400 when the peer breaks off
 */
export async function readBody(
  request: IncomingMessage,
  { limitBytes, budget }: BodyLimits,
  hold: (bytes: number) => void,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let lengthBytes = 0;
  const claimedBytes = Number(request.headers['content-length'] ?? 0);
  let refusal = claimedBytes > limitBytes ? tooLarge('the body is too large') : undefined;
  try {
    for await (const part of partsOf(request)) {
      lengthBytes += part.length;
      if (lengthBytes > limitBytes) refusal ??= tooLarge('the body is too large');
      else if (refusal === undefined && !budget.take(part.length)) refusal = HttpRefusal.busy();
      if (refusal === undefined) {
        hold(part.length);
        parts.push(part);
      } else if (lengthBytes > limitBytes + discardedBytes) break;
    }
  } catch (error) {
    throw refusal ?? new HttpRefusal(400, `the request broke off: ${toError(error).message}`);
  }
  if (refusal !== undefined) throw refusal;
  return Buffer.concat(parts, lengthBytes);
}

/** Reads a body and forgets it, so that its sender gets to reading the answer. Never rejects. */
export async function discardBody(request: IncomingMessage, limitBytes: number): Promise<void> {
  let lengthBytes = 0;
  try {
    for await (const part of partsOf(request)) {
      lengthBytes += part.length;
      if (lengthBytes > limitBytes) return;
    }
  } catch {
    // Who breaks off reads no answer either.
  }
}

/**
 * Undoes the content encoding of a body: `gzip` and `deflate`. Any other is taken for none, as in Fluentd.
 * @throws HttpRefusal 400 when it is damaged, 413 when it holds too much
 */
export async function decodeBody(
  body: Buffer,
  encoding: string | undefined,
  limitBytes: number,
): Promise<Uint8Array> {
  const decode = encoding === 'gzip' || encoding === 'x-gzip' ? gunzip : inflate;
  if (decode === inflate && encoding !== 'deflate') return body;
  try {
    return await decode(body, limitBytes);
  } catch (thrown) {
    const { message } = toError(thrown);
    if (systemCode(toError(thrown).cause) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(message);
    throw new HttpRefusal(400, message);
  }
}

/** The connection stays open when the reader stops early. */
async function* partsOf(request: IncomingMessage): AsyncIterable<Buffer> {
  yield* { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) };
}

function tooLarge(reason: string): HttpRefusal {
  return new HttpRefusal(413, reason, 'Too large');
}
