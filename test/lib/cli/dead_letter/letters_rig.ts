import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { EntryFailure } from '../../../../lib/buffer/direct_sink.ts';
import { runCommandLine } from '../../../../lib/cli/command_line.ts';
import { entriesBatch } from '../../../../lib/codec/batch.ts';
import { PartialFailure, Unrecoverable } from '../../../../lib/error.ts';
import type { Entry } from '../../../../lib/event/entry.ts';
import { DeadLetterResort } from '../../../../lib/graph/dead_letter_resort.ts';
import { TestClock } from '../../../../lib/testing/test_clock.ts';
import { openRig, planOf, Recorder, temporaryFolder } from '../../buffer/rig.ts';
import { testTerminal } from '../test_terminal.ts';

/** An empty folder as `root_dir` is: dead letters of outputs and of `@ERROR` go into folders below it. */
export function rootFolder(t: TestContext): string {
  return temporaryFolder(t);
}

class FormattingRecorder extends Recorder {
  format(): string {
    return 'formatted\n';
  }
}

/** How an output fails. */
export interface Death {
  readonly outputId?: string;
  /** Only these of the entries. */
  readonly rejected?: readonly number[];
  readonly isFormatted?: boolean;
}

/** Makes a dead letter as a buffer does when its output cannot deliver a chunk. */
export async function bury(
  t: TestContext,
  root: string,
  tag: string,
  entries: readonly Entry[],
  { isFormatted = false, outputId = 'out_web', rejected }: Death = {},
): Promise<void> {
  const output = isFormatted ? new FormattingRecorder() : new Recorder();
  output.onWrite = () => {
    if (rejected === undefined) throw new Unrecoverable('the receiver said no');
    throw new PartialFailure(rejected.map((index) => ({ index, reason: `no ${index}` })));
  };
  const deadLetterFolder = join(root, 'worker0', outputId, 'dead_letter');
  const { buffer } = await openRig(t, planOf(), { id: outputId, output, deadLetterFolder });
  buffer.start();
  buffer.append(entriesBatch(tag, entries));
  await buffer.flush();
  await buffer.close();
}

/** A place for events that nothing could process, as a process has it. */
export function resortIn(root: string): { fail(tag: string, ...entries: Entry[]): Promise<void> } {
  const resort = new DeadLetterResort(join(root, 'worker0/@ERROR/dead_letter'), new TestClock());
  const failure: EntryFailure = { stageId: 'filter_parser', cause: new Error('no JSON') };
  return { fail: (tag, ...entries) => resort.keep(entriesBatch(tag, entries), [failure]) };
}

/** What `millrace dead-letter` prints, and its exit code. */
export async function deadLetter(...words: readonly string[]) {
  const terminal = testTerminal();
  const code = await runCommandLine(['dead-letter', ...words], terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}
