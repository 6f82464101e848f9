import { type Command, InvalidArgumentError } from 'commander';
import type { Terminal } from '../terminal.ts';

/** Takes the promise of a command's exit code. */
type Finish = (command: Promise<number>) => Promise<void>;

/** Adds the commands that change buffer folders: `repair`, `move` and `replay`. */
export function describeMending(buffer: Command, terminal: Terminal, finish: Finish): void {
  buffer
    .command('repair')
    .description('mend every damaged chunk of buffers that no process uses')
    .argument('<dir>', "a buffer's folder, or one above such as `root_dir`")
    .option('--tag <tag>', 'the tag of chunks whose head is lost and has no copy')
    .option('--dry-run', 'only tell what would be done')
    .option('--json', 'print the report for programs')
    .action(async (folder, options) =>
      finish((await import('./repair.ts')).repair(folder, options, terminal)),
    );

  buffer
    .command('move')
    .description('move chunks to another buffer folder, on another disk too')
    .argument('<from>', "the buffer's folder")
    .argument('<to>', 'the other one; made if need be')
    .argument('[chunk-id...]', 'only these chunks; the beginnings of ids will do')
    .option('--json', 'print the report for programs')
    .action(async (from, to, ids, options) =>
      finish((await import('./move.ts')).move({ from, to, ids }, options, terminal)),
    );

  buffer
    .command('replay')
    .description('send the events of chunks to a server of the forward protocol')
    .argument('<path...>', "buffers' folders, chunk files, or copies of them")
    .requiredOption('--to <host:port>', 'the server, which must acknowledge', hostAndPort)
    .option('--tag <tag>', "a tag instead of the chunks' own")
    .option('--delete', 'delete each chunk once it is acknowledged')
    .option('--shared-key <key>', 'the key that the server asks for')
    .option('--username <name>', 'the user, if it asks for one', '')
    .option('--password <password>', "the user's password", '')
    .option('--timeout <seconds>', 'how long to wait for the server', seconds, 60)
    .option('--json', 'print the report for programs')
    .action(async (sources, options) =>
      finish((await import('./replay.ts')).replay(sources, options, terminal)),
    );
}

function hostAndPort(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port > 0 && port < 65_536) return { host, port };
  throw new InvalidArgumentError('expected a host and a port such as 127.0.0.1:24224.');
}

function seconds(text: string): number {
  const number = Number(text);
  if (text !== '' && number > 0 && number < 1e6) return number;
  throw new InvalidArgumentError('expected a number of seconds.');
}
