import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ownFolder } from '../examples/running.ts';
import { type Program, startProgram } from './program.ts';
import { until } from './waiting.ts';

const plugins = join(import.meta.dirname, 'plugins');

/** Runs a sample into one match section. */
function runMatch(t: TestContext, match: string, limit = 1_000_000): Program {
  const folder = ownFolder(t);
  const config = join(folder, 'own.conf');
  const source = `<source>\n@type sample\ntag a\nrate 20\nlimit ${limit}\nauto_increment_key n\n</source>\n`;
  writeFileSync(config, `${source}<match **>\n${match.replaceAll('FOLDER', folder)}\n</match>\n`);
  const program = startProgram(['run', '-c', config, '-p', plugins]);
  let isOver = false;
  program.ended.then(() => {
    isOver = true;
  });
  t.after(async () => {
    if (!isOver) await program.kill();
  });
  return program;
}

test('a plugin whose promises and callbacks fail takes nothing down, and is named', async (t) => {
  const program = runMatch(t, '@type stray\n<buffer>\nflush_mode immediate\n</buffer>');
  await until('it does not go on', 20_000, () => /took .*"n":5[,}]/.test(program.output()));
  assert.match(
    program.output(),
    /\[error\]: a promise was rejected .* plugin="stray" .*a forgotten promise/,
  );
  assert.match(
    program.output(),
    /\[error\]: an error was thrown .* plugin="stray" .*a forgotten callback/,
  );
  assert.equal(await program.stop(), 0);
});

test('a pipeline whose inputs have ended stops by itself with 0, everything delivered', async (t) => {
  const program = runMatch(t, '@type stdout', 7);
  assert.equal(await program.ended, 0);
  assert.equal(program.output().match(/ a: \{/g)?.length, 7);
});

test('a second signal does not wait for an output that is slow to stop', async (t) => {
  const program = runMatch(
    t,
    '@type slow\npath FOLDER/out\nfast_when FOLDER/never\n<buffer>\nflush_mode immediate\n</buffer>',
  );
  await until('it does not run', 20_000, () => program.output().includes('running'));
  process.kill(program.pid, 'SIGTERM');
  await until('it does not begin to stop', 20_000, () => program.output().includes('stopping:'));
  process.kill(program.pid, 'SIGINT');
  assert.equal(await program.ended, 1);
});

test('a flush signal delivers what would have waited', async (t) => {
  const program = runMatch(t, '@type stdout\n<buffer>\nflush_interval 1h\n</buffer>');
  await until('it does not run', 20_000, () => program.output().includes('running'));
  await until('nothing is delivered', 20_000, () => {
    process.kill(program.pid, 'SIGUSR1');
    return / a: \{/.test(program.output());
  });
  assert.equal(await program.stop(), 0);
});

test('a log in JSON is one object a line', async (t) => {
  const program = runMatch(
    t,
    '@type null\n</match>\n<system>\n<log>\nformat json\n</log>\n</system>\n<match none>\n@type null',
    1,
  );
  assert.equal(await program.ended, 0);
  const lines = program
    .output()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert(lines.some(({ level, message }) => level === 'info' && message === 'running'));
});

test('a configuration without inputs says so, runs on, and stops with 0 when it is told to', async (t) => {
  const config = join(ownFolder(t), 'own.conf');
  writeFileSync(config, '<match **>\n@type null\n</match>\n');
  const program = startProgram(['run', '-c', config]);
  await until('it says nothing', 20_000, () => program.output().includes('there is no <source>'));
  process.kill(program.pid, 'SIGUSR2');
  await until('SIGUSR2 ended it', 20_000, () => program.output().includes('SIGUSR2 is ignored'));
  assert.equal(await program.stop(), 0);
});
