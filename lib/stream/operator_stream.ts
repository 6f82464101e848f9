import { Duplex } from 'node:stream';
import { MillraceError, toError } from '../error.ts';
import { type EventBatch, isBatch } from '../event/batch.ts';
import type { Operator } from '../plugin/contract.ts';

/** An operator as a Node stream: batches in, batches out. It ends when the operator does, and fails when it throws. */
export function operatorStream(id: string, make: () => Promise<Operator>): Duplex {
  return Duplex.from(async function* (
    source: AsyncIterable<unknown>,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<EventBatch> {
    const operator = await make();
    for await (const batch of operator(checked(source, id), signal)) {
      yield asBatch(batch, `operator \`${id}\` gives`);
    }
  });
}

async function* checked(source: AsyncIterable<unknown>, id: string): AsyncGenerator<EventBatch> {
  for await (const batch of source) yield asBatch(batch, `operator \`${id}\` gets`);
}

function asBatch(value: unknown, what: string): EventBatch {
  if (isBatch(value)) return value;
  const message = `${what} something that is no batch: \`${toError(value).message}\``;
  throw new MillraceError('MR_EVENT', message);
}
