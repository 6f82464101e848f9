import assert from 'node:assert/strict';
import test from 'node:test';
import { Command } from 'commander';
import fc from 'fast-check';
import { readRun } from '../../../lib/cli/read_run.ts';
import { describeRun } from '../../../lib/cli/run_command.ts';

/** What commander makes of a command line; undefined when it refuses it. */
function readByCommander(words: readonly string[]): unknown {
  let given: unknown;
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  describeRun(program).action((options) => {
    given = options;
  });
  try {
    program.parse(words, { from: 'user' });
    return given;
  } catch {
    return undefined;
  }
}

test('a plain run is read without commander', () => {
  assert.deepEqual(readRun(['run', '-c', 'a.conf']), {
    config: 'a.conf',
    plugin: [],
    verbose: 0,
    quiet: 0,
  });
  const words = ['run', '--config=a.conf', '-vvq', '-p', 'one', '--plugin', 'two', '--dry-run'];
  assert.deepEqual(readRun(words), {
    config: 'a.conf',
    plugin: ['one', 'two'],
    verbose: 2,
    quiet: 1,
    dryRun: true,
  });
});

test('other commands and mistakes are left to commander', () => {
  const cases = [
    [],
    ['--help'],
    ['check', '-c', 'a.conf'],
    ['run'],
    ['run', '--help'],
    ['run', '-c'],
    ['run', '-c', 'a.conf', 'b.conf'],
    ['run', '-c', 'a.conf', '--fast'],
    ['run', '-c', 'a.conf', '--strict=yes'],
    ['run', '-c', '--strict'],
  ];
  for (const words of cases) assert.equal(readRun(words), undefined, words.join(' '));
});

test('what is read is what commander reads', () => {
  const pieces = fc.constantFrom(
    ...['run', '-c', '-ca', '-c=a', '--config', '--config=a', '--config=', '-p', '-pa', '--plugin'],
    ...['--plugin=b', '--dry-run', '--strict', '-v', '-vv', '-vq', '-vca', '-q', '--verbose'],
    ...['--quiet', '--hints', '--no-hints', '--help', '--', '-', '', 'a', '-x', '--__proto__=1'],
  );
  const words = fc.array(pieces, { maxLength: 6 }).map((some) => ['run', '-c', 'x', ...some]);
  fc.assert(
    fc.property(words, (line) => {
      const options = readRun(line);
      if (options !== undefined) assert.deepEqual({ ...options }, readByCommander(line));
    }),
    { numRuns: 2000 },
  );
});
