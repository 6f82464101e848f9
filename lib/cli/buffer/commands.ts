import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';

/** Takes the promise of a command's exit code. */
export type Finish = (command: Promise<number>) => Promise<void>;

/** Adds `millrace buffer`, whose commands look into buffer folders and mend them. */
export function describeBuffer(program: Command, _terminal: Terminal, _finish: Finish): void {
  program.command('buffer').description('look into buffer folders, check, mend and move them');
}
