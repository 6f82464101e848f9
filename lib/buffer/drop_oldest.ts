import { MillraceError } from '../error.ts';
import type { Log } from '../log.ts';
import type { Bisector } from './bisector.ts';
import type { ChunkQueue } from './chunk_queue.ts';
import type { Ledger } from './ledger.ts';
import type { BufferMeters } from './meters.ts';
import type { OriginTable } from './origin_table.ts';
import { refuseHolders } from './refuse_holders.ts';
import type { Stage } from './stage.ts';
import type { ChunkStore } from './store/chunk_store.ts';

/** What a chunk is dropped from. */
export interface DropSetup {
  readonly store: ChunkStore;
  readonly table: OriginTable;
  readonly ledger: Ledger;
  readonly bisector: Bisector;
  readonly stage: Stage;
  readonly queue: ChunkQueue;
  readonly meters: BufferMeters;
  readonly log: Log;
}

/** Drops the oldest chunk that is not being delivered, counted and logged; false when there is none. */
export function dropOldest({
  store,
  table,
  ledger,
  bisector,
  stage,
  queue,
  meters,
  log,
}: DropSetup): boolean {
  const chunk = queue.takeOldest() ?? stage.takeOldest();
  if (chunk === undefined) return false;
  const { stored } = chunk;
  meters.droppedChunks.add();
  meters.droppedEvents.add(stored.count);
  log.warn('the buffer is full: its oldest chunk is dropped', {
    chunk: stored.id,
    count: stored.count,
  });
  const cause = new MillraceError(
    'MR_BUFFER_OVERFLOW',
    'the chunk was dropped: the buffer is full',
  );
  refuseHolders(chunk, table, cause);
  chunk.state = 'gone';
  ledger.leave(chunk);
  store.purge(stored).then(
    () => bisector.forget(chunk),
    (error: unknown) => log.error(`the dropped chunk ${stored.id} cannot be deleted`, { error }),
  );
  return true;
}
