import type { Command } from 'commander';
import type { Finish } from '../buffer/commands.ts';
import type { Terminal } from '../terminal.ts';

/** Adds `millrace dead-letter`, whose commands look at what could not be delivered and send it once more. */
export function describeDeadLetter(program: Command, _terminal: Terminal, _finish: Finish): void {
  program.command('dead-letter').description('look at dead letters, and send them once more');
}
