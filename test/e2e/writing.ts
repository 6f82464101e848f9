import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const writer = join(import.meta.dirname, 'line_writer.ts');

/** Lets another process write the lines `first` to `last`; resolves when it has. */
export async function writeLines(
  path: string,
  first: number,
  last: number,
  rotations: number,
): Promise<void> {
  const words = ['--import', 'tsx', writer, path, String(first), String(last), String(rotations)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the writer ended with ${code}`);
}
