import { type Command, Option } from 'commander';
import type { Terminal } from '../terminal.ts';

/** Takes the promise of a command's exit code. */
export type Finish = (command: Promise<number>) => Promise<void>;

/** Adds `millrace buffer`, whose commands look into buffer folders and mend them. */
export function describeBuffer(program: Command, terminal: Terminal, finish: Finish): void {
  const buffer = program
    .command('buffer')
    .description('look into buffer folders, check, mend and move them');

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
    .option('--tag <tag>', 'the tag of chunks that do not say theirs')
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
    .option('--json', 'print an object for each chunk')
    .action(async (folder, options) =>
      finish((await import('./import.ts')).importFluentd(folder, options, terminal)),
    );
}
