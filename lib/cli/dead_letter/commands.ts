import type { Command } from 'commander';
import { address, seconds } from '../arguments.ts';
import type { Finish } from '../buffer/commands.ts';
import type { Terminal } from '../terminal.ts';

const folderHelp = 'a folder `dead_letter`, or one above several';

/** Adds `millrace dead-letter`, whose commands look at what could not be delivered and send it once more. */
export function describeDeadLetter(program: Command, terminal: Terminal, finish: Finish): void {
  const deadLetter = program
    .command('dead-letter')
    .description('look at dead letters, and send them once more');

  deadLetter
    .command('ls')
    .description('list dead letters, oldest first')
    .argument('<folder>', folderHelp)
    .option('--json', 'print a line of JSON for each')
    .action(async (folder, options) =>
      finish((await import('./ls.ts')).ls(folder, options, terminal)),
    );

  deadLetter
    .command('show')
    .description('print why a dead letter is one, and its events')
    .argument('<folder>', folderHelp)
    .argument('<id>', 'its id, or how that begins')
    .option('--json', 'print it for programs')
    .action(async (folder, id, options) =>
      finish((await import('./show.ts')).show(folder, id, options, terminal)),
    );

  deadLetter
    .command('replay')
    .description(
      'send the events of dead letters to a forward server, and wait until it has stored them',
    )
    .argument('<folder>', folderHelp)
    .argument('[id...]', 'their ids, or how those begin; without any, all')
    .requiredOption('--to <address>', 'the server: HOST:PORT', address)
    .option('--tag <tag>', 'send them with this tag instead of their own')
    .option('--delete', 'delete each dead letter when all of it is stored')
    .option('--timeout <seconds>', 'how long to wait for the server', seconds, 60)
    .action(async (folder, ids, options) =>
      finish((await import('./replay.ts')).replay(folder, ids, options, terminal)),
    );
}
