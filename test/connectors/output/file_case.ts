import file from '../../../connectors/output/file.ts';
import type { Output } from '../../../lib/plugin/contract.ts';
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

/** An output of chunks that are not keyed by time, with its journal in `stateFolder`. */
export function fileOutput(
  given: Omit<Given, 'format'>,
  stateFolder?: string,
  overrides: Parameters<typeof testContext>[0] = {},
): Output {
  const call = file({ format: plain({}), ...given });
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
