import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { processContext } from '../../../lib/config/context.ts';
import { loadConfig } from '../../../lib/config/load.ts';
import { folderWith } from './reading.ts';

test('takes .yaml and .yml for YAML and everything else for v1 syntax, unless told', async (t) => {
  const yaml = 'config:\n  - source: {$type: x}\n';
  const v1 = '<source>\n@type x\n</source>\n';
  const folder = folderWith(t, {
    'a.yaml': yaml,
    'a.yml': yaml,
    'a.conf': v1,
    a: v1,
    'b.conf': yaml,
  });
  const typeIn = async (name: string, type: 'guess' | 'v1' | 'yaml' = 'guess') => {
    const { root, faults } = await loadConfig(join(folder, name), processContext(), type);
    assert.deepEqual(faults, []);
    return root.elements[0]?.attributes.get('@type')?.value;
  };
  for (const name of ['a.yaml', 'a.yml', 'a.conf', 'a'])
    assert.equal(await typeIn(name), 'x', name);
  assert.equal(await typeIn('b.conf', 'yaml'), 'x');
});

test('a file that is not there, or a folder, is a fault', async (t) => {
  const folder = folderWith(t, {});
  const missing = await loadConfig(join(folder, 'none.conf'));
  assert.equal(
    missing.faults[0]?.message,
    `cannot read the configuration \`${join(folder, 'none.conf')}\`: there is no such file`,
  );
  assert.match((await loadConfig(folder)).faults[0]?.message ?? '', /it is a folder/);
});

test('the context of the process reads its environment and refuses bytes that are not UTF-8', (t) => {
  const folder = folderWith(t, { 'a.conf': 'é' });
  const context = processContext();
  assert.equal(context.env['PATH'], process.env['PATH']);
  assert.equal(context.readFile(join(folder, 'a.conf')), 'é');
  assert.throws(() => context.readFile(process.execPath), TypeError);
});
