import { MillraceError } from '../error.ts';
import { Bisector } from './bisector.ts';
import type { BufferSetup } from './buffer_setup.ts';
import { ChunkKeys } from './chunk_key.ts';
import { ChunkQueue } from './chunk_queue.ts';
import { DeadLetters } from './dead_letter.ts';
import { dropOldest } from './drop_oldest.ts';
import { Flusher } from './flusher.ts';
import { Intake } from './intake.ts';
import { Ledger } from './ledger.ts';
import { bufferMeters } from './meters.ts';
import { Mortuary } from './mortuary.ts';
import { bufferLimits } from './options.ts';
import type { OriginTable } from './origin_table.ts';
import { OutcomeJournal } from './outcome_journal.ts';
import { Templates } from './placeholder.ts';
import { Purger } from './purger.ts';
import { refuseHolders } from './refuse_holders.ts';
import { Repeats } from './repeats.ts';
import { Splitter } from './split.ts';
import { Stage } from './stage.ts';
import type { ChunkStore } from './store/chunk_store.ts';
import { realFiles } from './store/file_system.ts';

/** The parts of a buffer, each with what it needs of the others. */
export interface BufferParts {
  readonly store: ChunkStore;
  readonly table: OriginTable;
  readonly keys: ChunkKeys;
  /** Whether chunks hold what the output's `format` makes. */
  readonly isFormatted: boolean;
  readonly ledger: Ledger;
  readonly intake: Intake;
  readonly stage: Stage;
  readonly queue: ChunkQueue;
  readonly flusher: Flusher;
  readonly mortuary: Mortuary;
  readonly purger: Purger;
}

/** Puts a buffer together: intake -> stage -> queue -> flusher -> purger, around a store and a ledger. */
export function assemble(setup: BufferSetup, store: ChunkStore, table: OriginTable): BufferParts {
  const { clock, id, log, output, plan, secondary, random, onReceipt } = setup;
  const { options } = plan;
  const meters = bufferMeters(setup.metrics, id);
  const keys = new ChunkKeys(plan, setup.timeZone);
  const ledger = new Ledger(meters);
  // With a secondary a chunk must suit both, and only packed entries do; and only they can be told apart.
  const isFormatted =
    output.format !== undefined && secondary === undefined && !options.bisectRefused;
  const files = setup.files ?? realFiles;
  const bisector = new Bisector({
    options,
    journal:
      store.isPersistent && plan.path !== undefined
        ? new OutcomeJournal(files, plan.path, log)
        : undefined,
    log,
  });

  const queue = new ChunkQueue(
    clock,
    () => flusher.pump(),
    () => intake.drain(),
  );
  const longQueue = options.queuedChunksLimitSize ?? options.flushThreadCount;
  const stage = new Stage({
    ...{ plan, clock, store, ledger, isFormatted },
    enqueue: (chunk) => queue.push(chunk),
    isQueueLong: () => queue.readyCount >= longQueue,
  });
  const purger = new Purger({
    ...{ store, table, ledger, bisector, meters, clock, log },
    onPurged: () => intake.drain(),
  });
  const deadLetters = new DeadLetters(files, setup.deadLetterFolder, store);
  const mortuary = new Mortuary({
    ...{ id, deadLetters, clock, log, meters },
    isDiscarding: options.disableChunkBackup,
  });
  const flusher = new Flusher({
    ...{ id, options, output, secondary, clock, log, random, onReceipt },
    ...{ store, ledger, queue, meters, mortuary, purger, bisector },
    templates: new Templates(keys, log),
    onTaken: () => stage.resume(),
    onLost: (chunk, count) => {
      meters.lostEvents.add(count);
      const cause = new MillraceError('MR_BUFFER', `chunk ${chunk.stored.id} was damaged`);
      refuseHolders(chunk, table, cause);
    },
  });
  const splitter = new Splitter({
    keys,
    format: isFormatted ? (entry, tag) => output.format?.(entry, tag) ?? '' : undefined,
    formatAll: isFormatted ? output.formatAll : undefined,
    chunkLimitBytes: bufferLimits(plan).chunkLimitBytes,
    chunkLimitRecords: options.chunkLimitRecords ?? Number.POSITIVE_INFINITY,
    isCompressed: options.compress === 'gzip',
    emitError: setup.emitError,
  });
  const intake = new Intake({
    ...{ plan, clock, log, store, stage, ledger, table, splitter, meters },
    repeats: new Repeats(store, table, ledger),
    dropOldest: () => dropOldest({ store, table, ledger, bisector, stage, queue, meters, log }),
  });
  return {
    store,
    table,
    keys,
    isFormatted,
    ledger,
    intake,
    stage,
    queue,
    flusher,
    mortuary,
    purger,
  };
}
