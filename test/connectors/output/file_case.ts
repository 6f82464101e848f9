import file from '../../../connectors/output/file.ts';
import type { Entry } from '../../../lib/event/entry.ts';
import type { Formatter, Output } from '../../../lib/plugin/contract.ts';
import { defineFormatter } from '../../../lib/plugin/define.ts';
import { type TestChunkParticulars, testChunk } from '../../../lib/testing/test_chunk.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

type Given = Parameters<typeof file>[0];

/** Writes an event as its tag and its field `message`. */
export const plain = defineFormatter({
  type: 'plain',
  doc: 'For tests.',
  options: {},
  create: () => (entry, tag) => `${tag} ${entry.record['message']}\n`,
});

/** The same, for files that begin with a head and have each chunk in brackets. */
export const boxed = defineFormatter({
  type: 'boxed',
  doc: 'For tests.',
  options: {},
  create: (): Formatter =>
    Object.assign((entry: Entry, tag: string) => `${tag} ${entry.record['message']}\n`, {
      container: {
        head: Buffer.from('HEAD\n'),
        async *pack(pieces: AsyncIterable<Uint8Array>) {
          yield Buffer.from('[');
          yield* pieces;
          yield Buffer.from(']\n');
        },
      },
    }),
});

/** An output of chunks that are not keyed by time, with its journal in `stateFolder`. */
export function fileOutput(
  { isBoxed = false, ...given }: Omit<Given, 'format'> & { readonly isBoxed?: boolean },
  stateFolder?: string,
  overrides: Parameters<typeof testContext>[0] = {},
): Output {
  const call = file({ format: isBoxed ? boxed({}) : plain({}), ...given });
  const context = testContext({ stateFolder, ...overrides });
  return call.plugin.create(call.options, context);
}

/** Writes one chunk; an error among the pieces is thrown in its place. */
export async function writeChunk(
  output: Output,
  id: string,
  pieces: readonly string[],
  particulars: TestChunkParticulars = {},
): Promise<void> {
  await output.write(testChunk({ id, pieces, ...particulars }), new AbortController().signal);
}
