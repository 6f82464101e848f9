import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { check } from '../../lib/cli/check.ts';
import { testTerminal } from '../lib/cli/test_terminal.ts';

const folder = join(import.meta.dirname, '../../examples');
const tests = readdirSync(import.meta.dirname).join(' ');

for (const name of readdirSync(folder)) {
  test(`examples/${name} has no fault and no warning`, async () => {
    const terminal = testTerminal();
    const code = await check([join(folder, name)], { plugin: [], strict: true }, terminal);
    assert.equal(code, 0, terminal.errText());
    assert.equal(terminal.errText(), '');
  });

  test(`examples/${name} is run by a test`, () => {
    assert(tests.includes(name.replace('.conf', '')), `no test named after ${name}`);
  });
}
