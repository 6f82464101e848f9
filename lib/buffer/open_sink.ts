import { entriesBatch } from '../codec/batch.ts';
import type { BufferSetup } from './buffer_setup.ts';
import type { DirectSink, FailureTaker } from './direct_sink.ts';
import type { BufferPlan } from './options.ts';
import type { OutputBuffer } from './output_buffer.ts';

/** What stands behind an output: its buffer, or a sink that writes each batch at once. */
export type OutputSink = OutputBuffer | DirectSink;

/** What a sink is made of. */
export interface SinkSetup extends Omit<BufferSetup, 'plan' | 'emitError'> {
  /** Undefined: without a buffer. */
  readonly plan: BufferPlan | undefined;
  /** Gets the entries that can never be delivered and have no chunk to become dead letters with. */
  readonly errors: FailureTaker;
}

/** Opens what a plan says, with what an earlier run left in it; nothing is flushed yet. @throws as `OutputBuffer.open` */
export async function openSink(setup: SinkSetup): Promise<OutputSink> {
  const { id, plan, errors } = setup;
  if (plan === undefined) {
    const { DirectSink } = await import('./direct_sink.ts');
    return new DirectSink(setup);
  }
  const { OutputBuffer } = await import('./output_buffer.ts');
  return OutputBuffer.open({
    ...setup,
    plan,
    emitError: (tag, entry, cause) => {
      errors.offer(entriesBatch(tag, [entry]), [{ stageId: id, cause }]);
    },
  });
}
