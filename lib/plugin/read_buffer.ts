import { type BufferPlan, bufferOptions } from '../buffer/options.ts';
import { type BufferedOutput, planBuffer } from '../buffer/plan_buffer.ts';
import type { Given, Parsed, Shape } from '../option/option.ts';
import type { Chunking } from './context.ts';
import type { AnyPlugin } from './define.ts';
import { readShape } from './read_given.ts';

/** A buffer: what may be written in `<buffer>`, its `@type` and its chunk keys. */
export interface BufferSettings extends Given<typeof bufferOptions> {
  readonly type?: 'memory' | 'file' | undefined;
  /** `tag`, `time` and record fields: events that differ in one of them lie in different chunks. */
  readonly chunkKeys?: readonly string[] | undefined;
}

/** The output whose buffer is read. */
export interface BufferOwner extends Omit<BufferedOutput, 'traits'> {
  readonly plugin: AnyPlugin<'output'>;
}

/**
 * Plans a buffer by what was given for it in TypeScript and, where nothing was, by what the output wants.
 * Undefined: the output writes without one.
 * @throws MR_OPTION naming the output, the option and what was expected
 */
export function readBuffer(
  { plugin, ...output }: BufferOwner,
  given: BufferSettings | undefined,
): BufferPlan | undefined {
  const { type, chunkKeys = [], ...own } = given ?? {};
  const owner = `the buffer of output \`${plugin.type}\``;
  const options: Parsed<Shape> = readShape(bufferOptions, own, owner);
  return planBuffer(
    { ...output, traits: plugin.buffer ?? {} },
    {
      isGiven: given !== undefined,
      store: type,
      chunkKeys,
      // Read by this very shape.
      options: options as BufferPlan['options'],
      has: (key) => own[key] !== undefined,
    },
  );
}

/** What an output is told of how its chunks are keyed. */
export function chunkingOf({ chunkKeys: keys, options }: BufferPlan): Chunking {
  return { keys, timekeyMs: keys.includes('time') ? options.timekey : undefined };
}
