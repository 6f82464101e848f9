import { delay } from '../clock.ts';
import { MillraceError } from '../error.ts';
import type { BufferParts } from './assemble.ts';
import type { BufferSetup } from './buffer_setup.ts';

/** What an output has to give up in, once it is told to. */
const graceMs = 1000;

/** Closes a buffer; `OutputBuffer.close` says what that promises. */
export async function shutDown(
  setup: BufferSetup,
  parts: BufferParts,
  deadlineMs: number,
): Promise<void> {
  const { clock, log, plan } = setup;
  const { flusher, intake, ledger, purger, queue, stage, store } = parts;
  const isFlushing = plan.options.flushAtShutdown ?? !store.isPersistent;
  intake.refuseMore();
  stage.stop();
  const wholeWay = (isFlushing ? drain(parts) : flusher.stop()).then(() => store.settled());
  if (!(await isWithin(wholeWay, deadlineMs))) {
    log.warn('the buffer could not be settled in time: deliveries are broken off');
    flusher.abort();
    await isWithin(flusher.stop(), graceMs);
  }
  intake.close();
  queue.stop();
  if (!store.isPersistent) await buryAll(setup, parts);
  await purger.close();
  const cause = new MillraceError('MR_STOPPED', 'the buffer was closed before the delivery');
  for (const { holders } of ledger.chunks) for (const { pending } of holders) pending.fail(cause);
  await store.close();

  async function isWithin(work: Promise<void>, limitMs: number): Promise<boolean> {
    const stop = new AbortController();
    const timeout = delay(clock, limitMs, stop.signal).then(() => false);
    const isDone = await Promise.race([work.then(() => true), timeout]);
    stop.abort();
    return isDone;
  }
}

/** Gives every chunk one attempt, and what waits for room its turn as chunks leave. */
async function drain({ flusher, ledger, purger, queue, stage }: BufferParts): Promise<void> {
  queue.wakeAll();
  do {
    stage.sealAll();
    await flusher.drain();
    await purger.settled();
  } while (!flusher.isAborted && (ledger.stagedChunks > 0 || queue.readyCount > 0));
  await flusher.stop();
}

/** What a memory buffer could not deliver would vanish with the process. */
async function buryAll(
  { log }: BufferSetup,
  { ledger, mortuary, purger, stage, store }: BufferParts,
): Promise<void> {
  stage.sealAll();
  const cause = new MillraceError('MR_STOPPED', 'the process ended before the chunk was delivered');
  for (const chunk of [...ledger.chunks]) {
    if (chunk.state === 'leaving' || chunk.state === 'gone') continue;
    try {
      const head = await store.prepare(chunk.stored);
      if (head !== undefined) await mortuary.bury(chunk, head, chunk.verdict ?? cause);
      purger.add(chunk);
    } catch (error) {
      log.fatal(`${chunk.stored.count} events are lost: no dead letter can be written`, { error });
    }
  }
}
