import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { runCommandLine } from '../../../lib/cli/command_line.ts';
import { testTerminal } from './test_terminal.ts';

/** What a command line prints, and its exit code. */
async function say(...words: string[]) {
  const terminal = testTerminal();
  const code = await runCommandLine(words, terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

test('--version prints the version of the package', async () => {
  const description = new URL('../../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(description, 'utf8'));
  assert.deepEqual(await say('--version'), { code: 0, out: `${version}\n`, err: '' });
});

test('--help lists the commands and exits 0', async () => {
  const { code, out } = await say('--help');
  assert.equal(code, 0);
  for (const command of ['run', 'check', 'cat', 'plugins', 'doc']) {
    assert.match(out, new RegExp(`^ {2}${command} `, 'm'));
  }
});

test('wrong usage exits 2 and says what is wrong', async () => {
  const cases = [
    [['chek'], /unknown command 'chek'\n.*Did you mean check/],
    [['run'], /required option '-c, --config <file>'/],
    [['run', '-c', 'x', '--fast'], /unknown option '--fast'/],
    [['check'], /missing required argument 'file'/],
    [['cat', 'tag', '-p', '99999'], /expected a port from 1 to 65535/],
    [['cat', 'tag', '-f', 'xml'], /Allowed choices are json, none, msgpack/],
    [['doc', 'file', '--kind', 'store'], /Allowed choices are input/],
  ] as const;
  for (const [words, expected] of cases) {
    const { code, out, err } = await say(...words);
    assert.equal(code, 2, words.join(' '));
    assert.match(err, expected);
    assert.equal(out, '');
  }
});

test('what fails exits 1 with code and hint', async () => {
  const { code, err } = await say('doc', 'sampel');
  assert.equal(code, 1);
  assert.equal(err, 'error[MR_PLUGIN]: there is no plugin `sampel`\n  = did you mean `sample`?\n');
});

test('what cannot be printed whole fails', async () => {
  const terminal = testTerminal();
  const out = { ...terminal.out, fault: new Error('no space left') };
  assert.equal(await runCommandLine(['doc', 'grep'], { ...terminal, out }), 1);
  assert.match(terminal.errText(), /^error\[MR_IO\]: standard output .*: no space left\n {2}= /);
});

test('a configuration with faults does not run and exits 1', async () => {
  const { code, err } = await say('run', '-c', '/nowhere/at/all.conf');
  assert.equal(code, 1);
  assert.match(err, /all\.conf/);
});
