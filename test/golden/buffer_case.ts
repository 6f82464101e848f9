import {
  type BufferPlan,
  bufferOptions,
  checkBuffer,
  parseChunkKeys,
} from '../../lib/buffer/options.ts';
import type { Parsed } from '../../lib/option/option.ts';
import { toSnake } from '../../lib/option/spelling.ts';

/** A `<buffer>` as a case gives it. */
export interface GoldenBuffer {
  readonly arg: string;
  readonly attrs: Readonly<Record<string, string>>;
}

/** The plan of a memory buffer. @throws the first fault of its options or of the plan */
export function planOfCase({ arg, attrs }: GoldenBuffer): BufferPlan {
  const read = Object.entries(bufferOptions).map(([key, option]) => {
    const text = attrs[toSnake(key)];
    return [key, text === undefined ? option.fallback : option.parseText(text)];
  });
  const options = Object.fromEntries(read) as Parsed<typeof bufferOptions>;
  const plan: BufferPlan = {
    store: 'memory',
    path: undefined,
    chunkKeys: parseChunkKeys(arg),
    options,
  };
  const [fault] = checkBuffer(plan);
  if (fault !== undefined) throw fault;
  return plan;
}
