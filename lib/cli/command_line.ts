import { MillraceError, toError } from '../error.ts';
import { ownVersion } from '../fleet/version.ts';
import { readRun } from './read_run.ts';
import { exitCodes, type Terminal } from './terminal.ts';

/** Runs a command line without the program's own name, and resolves with the exit code. */
export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  try {
    const code = await execute(words, terminal);
    await terminal.out.drained();
    if (terminal.out.fault !== undefined) throw cutShort(terminal.out.fault);
    return code;
  } catch (thrown) {
    terminal.err.write(describeFailure(toError(thrown)));
    return exitCodes.failed;
  }
}

/** Imports what the command needs, and no more: the two that are asked for most do without commander. */
async function execute(words: readonly string[], terminal: Terminal): Promise<number> {
  const [first, second] = words;
  if (second === undefined && (first === '--version' || first === '-V')) {
    terminal.out.write(`${ownVersion()}\n`);
    return exitCodes.ok;
  }
  const options = readRun(words);
  if (options !== undefined) return (await import('./run.ts')).run(options, terminal);
  return (await import('./program.ts')).runProgram(words, terminal);
}

/** Who keeps what a command printed must not take a part of it for all. */
function cutShort(cause: Error): MillraceError {
  const message = `standard output cannot be written: ${cause.message}`;
  return new MillraceError('MR_IO', message, { cause, hint: 'what was printed is not all of it' });
}

function describeFailure(error: Error): string {
  const code = error instanceof MillraceError ? `[${error.code}]` : '';
  const hint = error instanceof MillraceError ? error.hint : undefined;
  return `error${code}: ${error.message}\n${hint === undefined ? '' : `  = ${hint}\n`}`;
}
