import { statSync, unlinkSync } from 'node:fs';
import type { DeadLetterFiles } from '../../buffer/letters/find_letters.ts';
import { closeLetter, letterFrames } from '../../buffer/letters/letter_frames.ts';
import type { Address } from '../arguments.ts';
import { counted, sizeText } from '../figures.ts';
import { ForwardClient } from '../forward_client.ts';
import { openProgress } from '../progress.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { selectLetters } from './select.ts';

export interface ReplayOptions {
  readonly to: Address;
  readonly tag?: string;
  readonly delete?: boolean;
  readonly timeout: number;
}

/**
 * `millrace dead-letter replay`: sends the events of dead letters to a forward server, which acknowledges each frame.
 * It fails when something could not be sent.
 * @throws MR_IO when there is no such dead letter, MR_NET when the server cannot be reached or does not answer
 */
export async function replay(
  folder: string,
  ids: readonly string[],
  options: ReplayOptions,
  terminal: Terminal,
): Promise<number> {
  const letters = selectLetters(folder, ids);
  const sizes = letters.map(({ linesPath }) => sizeOf(linesPath));
  const progress = await openProgress(terminal, {
    label: 'replaying',
    total: sizes.reduce((sum, size) => sum + size, 0),
    print: sizeText,
  });
  let faults = 0;
  let sent = 0;
  const tell = (letter: DeadLetterFiles, fault: string): void => {
    faults += 1;
    progress.clear();
    terminal.err.write(`dead letter ${letter.id}: ${fault}\n`);
  };
  const { host, port } = options.to;
  const client = await ForwardClient.open({ host, port, timeoutMs: options.timeout * 1000 });
  let done = 0;
  try {
    for (const [index, letter] of letters.entries()) {
      const count = await send(letter, options, client, (fault) => tell(letter, fault));
      progress.advance(sizes[index] ?? 0);
      sent += count;
      if (count > 0) done += 1;
    }
    await client.close();
  } finally {
    client.destroy();
    progress.finish();
    terminal.out.write(
      `replayed ${counted(sent, 'event')} of ${counted(done, 'dead letter')} to ${host}:${port}\n`,
    );
  }
  return faults === 0 ? exitCodes.ok : exitCodes.failed;
}

/** How many events were sent and acknowledged. */
async function send(
  found: DeadLetterFiles,
  options: ReplayOptions,
  client: ForwardClient,
  tell: (fault: string) => void,
): Promise<number> {
  if (found.linesPath === undefined) {
    tell('it holds what an output had formatted, not events: it cannot be replayed');
    return 0;
  }
  const letter = closeLetter(found);
  const linesPath = letter.linesPath ?? found.linesPath;
  const size = sizeOf(linesPath);
  let count = 0;
  let isWhole = true;
  const onFault = (number: number, fault: string): void => {
    isWhole = false;
    tell(`line ${number} is no event: ${fault}`);
  };
  const reading = { tag: options.tag, onFault };
  for await (const frame of letterFrames(letter.id, linesPath, reading)) {
    await client.send(frame.tag, frame.packed, frame.count, frame.chunk, frame.origin);
    count += frame.count;
  }
  if (options.delete !== true || !isWhole) return count;
  if (sizeOf(linesPath) === size) remove(letter);
  else tell('it has grown meanwhile and is not deleted: replay it once more');
  return count;
}

/** The events last: a letter without its reason can still be replayed. */
function remove({ linesPath, reasonPath }: DeadLetterFiles): void {
  if (reasonPath !== undefined) unlinkSync(reasonPath);
  if (linesPath !== undefined) unlinkSync(linesPath);
}

function sizeOf(path: string | undefined): number {
  return path === undefined ? 0 : statSync(path).size;
}
