import { Command, CommanderError, Option } from 'commander';
import { ownVersion } from '../fleet/version.ts';
import { kinds } from './all_plugins.ts';
import { port, seconds } from './arguments.ts';
import { describeBuffer, type Finish } from './buffer/commands.ts';
import { describeDeadLetter } from './dead_letter/commands.ts';
import { describeRun, pluginFolders } from './run_command.ts';
import { exitCodes, type Terminal } from './terminal.ts';

/**
 * Runs a command line of any kind, and resolves with the exit code. Each command is imported when it is called, so
 * that `--help` stays quick.
 */
export async function runProgram(words: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.ok;
  const program = describe(terminal, async (command) => {
    code = await command;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.wrongUsage;
  }
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

  describeRun(program).action(async (options) =>
    finish((await import('./run.ts')).run(options, terminal)),
  );

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
