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

  buffer
    .command('show')
    .description('print the events of chunks, one a line')
    .argument('<path>', 'the file of a chunk, or a folder of chunks')
    .argument('[chunk-id...]', 'only these chunks of the folder; the beginnings of ids will do')
    .option('--head', 'print what the chunks are instead: head, frames, footer, origins')
    .option('--limit <n>', 'so many events only', wholeNumber)
    .option('--json', 'print the events as `export` does, exact to the last digit')
    .action(async (path, ids, options) =>
      finish((await import('./show.ts')).show(path, ids, options, terminal)),
    );

  buffer
    .command('verify')
    .description('check every byte of every chunk; fail when one is not as it was written')
    .argument('<path...>', "buffers' folders, or files of chunks")
    .option('--json', 'print a line of JSON for each chunk and each folder')
    .action(async (paths, options) =>
      finish((await import('./verify.ts')).verify(paths, options, terminal)),
    );

  buffer
    .command('export')
    .description('write out all events, in order of their chunks')
    .argument('<path...>', "buffers' folders, or files of chunks")
    .option('-o, --output <file>', 'a new file, instead of standard output')
    .addOption(
      new Option(
        '--format <format>',
        'json: a line an event; msgpack: [time, record] entries; raw: contents as they are',
      )
        .choices(['json', 'msgpack', 'raw'])
        .default('json'),
    )
    .option('--json', 'with `-o`: say as JSON what was written')
    .action(async (paths, options) =>
      finish((await import('./export.ts')).exportBuffers(paths, options, terminal)),
    );

  buffer
    .command('import')
    .description(
      "take over what lies in another program's buffer, so that a migration loses nothing",
    )
    .argument(
      '<folder>',
      "its folder, or its `path` with a star, in quotes: '/var/log/fluent/app.*.log'",
    )
    .addOption(
      new Option('--from <program>', 'whose buffer it is')
        .choices(['fluentd'])
        .makeOptionMandatory(),
    )
    .requiredOption(
      '--to <folder>',
      'the folder of the buffer that gets it: `path` of its <buffer>',
    )
    .option('--tag <tag>', 'the tag of events whose chunks do not say theirs')
    .addOption(
      new Option(
        '--format <format>',
        'what the chunks hold; else each tells by its first bytes',
      ).choices(['entries', 'text']),
    )
    .option('--field <field>', 'the chunk key of a `file_single` buffer, unless it is the tag')
    .option('--delete', 'delete the files once what they hold is safe')
    .option('--dry-run', 'only tell what would be imported')
    .option('--force', 'import although a running process has the files open')
    .option('--json', 'print a line of JSON for each chunk')
    .action(async (folder, options) =>
      finish((await import('./import.ts')).importFluentd(folder, options, terminal)),
    );

  describeMending(buffer, terminal, finish);
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number.');
}
