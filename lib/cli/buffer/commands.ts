import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Terminal } from '../terminal.ts';
import { describeMending } from './mending_commands.ts';

/** Takes the promise of a command's exit code. */
export type Finish = (command: Promise<number>) => Promise<void>;

/** Adds `millrace buffer`, whose commands look into buffer folders and mend them. */
export function describeBuffer(program: Command, terminal: Terminal, finish: Finish): void {
  const buffer = program
    .command('buffer')
    .description('look into buffer folders, check, mend and move them');

  buffer
    .command('ls')
    .description('list the chunks of buffers, while their process runs or when it has ended')
    .argument('<dir...>', "buffers' folders, or folders above them such as `root_dir`")
    .addOption(
      new Option('--sort <by>', 'the oldest first, or the largest')
        .choices(['age', 'events', 'bytes'])
        .default('age'),
    )
    .option('--limit <n>', 'so many chunks only', wholeNumber)
    .option('--json', 'print a line of JSON for each chunk and each folder')
    .action(async (paths, options) =>
      finish((await import('./ls.ts')).ls(paths, options, terminal)),
    );

  describeMending(buffer, terminal, finish);
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number.');
}
