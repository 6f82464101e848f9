import { Command, CommanderError, Option } from 'commander';
import { MillraceError, toError } from '../error.ts';
import { ownVersion } from '../fleet/version.ts';
import { kinds } from './all_plugins.ts';
import { port, seconds } from './arguments.ts';
import { describeBuffer, type Finish } from './buffer/commands.ts';
import { describeDeadLetter } from './dead_letter/commands.ts';
import { exitCodes, type Terminal } from './terminal.ts';

/**
 * Runs a command line without the program's own name, and resolves with the exit code. Each command is
 * imported when it is called, so that `--version` and `--help` stay quick.
 */
export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  let code: number = exitCodes.ok;
  const program = describe(terminal, async (command) => {
    code = await command;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    await terminal.out.drained();
    if (terminal.out.fault !== undefined) throw cutShort(terminal.out.fault);
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.wrongUsage;
    }
    terminal.err.write(describeFailure(toError(thrown)));
    return exitCodes.failed;
  }
}

/** Who keeps what a command printed must not take a part of it for all. */
function cutShort(cause: Error): MillraceError {
  const message = `standard output cannot be written: ${cause.message}`;
  return new MillraceError('MR_IO', message, { cause, hint: 'what was printed is not all of it' });
}

function describe(terminal: Terminal, finish: Finish): Command {
  const program = new Command('millrace')
    .description('Collects, filters, routes and stores events, as a Fluentd configuration says.')
    .version(ownVersion(), '-V, --version')
    .helpOption('--help', 'show help')
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
    })
    .showHelpAfterError('(`--help` says more)')
    .exitOverride();

  program
    .command('run')
    .description('run a configuration until it is told to stop')
    .requiredOption('-c, --config <file>', 'the configuration')
    .addOption(pluginFolders())
    .option('--dry-run', 'only check, as `check` does')
    .option('--strict', 'unknown options are errors')
    .option('-v, --verbose', 'log more; repeat for still more', count, 0)
    .option('-q, --quiet', 'log less; repeat for still less', count, 0)
    .option('--hints', 'say how to try it out, also when no person watches')
    .action(async (options) => finish((await import('./run.ts')).run(options, terminal)));

  program
    .command('check')
    .description('report every fault of configurations, without running them')
    .argument('<file...>', 'the configurations')
    .addOption(pluginFolders())
    .option('--json', 'print the faults for programs')
    .option('--strict', 'unknown options are errors')
    .action(async (files, options) =>
      finish((await import('./check.ts')).check(files, options, terminal)),
    );

  program
    .command('cat')
    .description('send lines of standard input to a forward server')
    .argument('<tag>', 'the tag of the events')
    .option('-h, --host <host>', 'the server', '127.0.0.1')
    .option('-p, --port <port>', 'its port', port, 24224)
    .addOption(
      new Option('-f, --format <format>', 'what standard input holds')
        .choices(['json', 'none', 'msgpack'])
        .default('json'),
    )
    .option('--message-key <key>', 'the field that takes a line with `-f none`', 'message')
    .option('--time-as-integer', 'send times as whole seconds')
    .option('--event-time <time>', 'the time of every event: ISO 8601 or Unix seconds')
    .option('--no-ack', 'do not wait until the server has stored the events')
    .option('--timeout <seconds>', 'how long to wait for the server', seconds, 60)
    .action(async (tag, options) => finish((await import('./cat.ts')).cat(tag, options, terminal)));

  program
    .command('agents')
    .description('list the agents that send to collectors, and what is missing of each')
    .option('-f, --from <address...>', 'the `monitor_agent` inputs of the collectors, host:port', [
      '127.0.0.1:24220',
    ])
    .option('--group-by <group>', '`prefix` (of their names) or `label:NAME`')
    .option('--incomplete', 'only those of which something is missing')
    .option('--json', 'print them for programs')
    .option('--timeout <seconds>', 'how long to wait for a collector', seconds, 10)
    .action(async (options) => finish((await import('./agents.ts')).agents(options, terminal)));

  program
    .command('plugins')
    .description('list the plugins')
    .addOption(pluginFolders())
    .option('--json', 'print them for programs')
    .action(async (options) => finish((await import('./plugins.ts')).plugins(options, terminal)));

  program
    .command('doc')
    .description("print a plugin's options")
    .argument('<type>', 'what stands after `@type`')
    .addOption(new Option('-k, --kind <kind>', 'only plugins of this kind').choices(kinds))
    .addOption(pluginFolders())
    .option('--json', 'print a JSON Schema')
    .action(async (type, options) =>
      finish((await import('./doc.ts')).doc(type, options, terminal)),
    );

  describeBuffer(program, terminal, finish);
  describeDeadLetter(program, terminal, finish);
  return program;
}

function pluginFolders(): Option {
  return new Option('-p, --plugin <folder>', 'a folder with plugins of your own; may be repeated')
    .default([], 'none')
    .argParser<readonly string[]>((folder, before) => [...before, folder]);
}

function count(_: string, before: number): number {
  return before + 1;
}

function describeFailure(error: Error): string {
  const code = error instanceof MillraceError ? `[${error.code}]` : '';
  const hint = error instanceof MillraceError ? error.hint : undefined;
  return `error${code}: ${error.message}\n${hint === undefined ? '' : `  = ${hint}\n`}`;
}
