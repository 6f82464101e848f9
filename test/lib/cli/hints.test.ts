import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { hintsFor } from '../../../lib/cli/hints.ts';
import { loadPlan } from '../../../lib/config/load_plan.ts';
import { Catalog } from '../../../lib/plugin/catalog.ts';

/** The hints for a forward input whose events meet this rule. */
async function hintsOf(
  rule: string,
  options = '',
  label = '',
  output = '@type null',
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-hints-'));
  const file = join(folder, 'own.conf');
  writeFileSync(
    file,
    `<source>
  @type forward
  @id door
  ${options}
  ${label === '' ? '' : `@label ${label}`}
</source>
<source>
  @type sample
  tag x
</source>
${label === '' ? '' : `<label ${label}>`}
<match ${rule}>
  ${output}
</match>
${label === '' ? '' : '</label>'}
`,
  );
  try {
    const { plan, faults } = await loadPlan(file, { catalog: new Catalog() });
    assert.deepEqual(faults, []);
    assert(plan !== undefined);
    return hintsFor(plan);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('names the command, the port and a tag that the first match takes', async () => {
  const hints = await hintsOf('app.**', 'port 5555');
  assert.match(hints, /^ {2}door:\n {4}echo .* \| npx millrace cat app\.hello -p 5555$/m);
});

test('a match of all tags gets a tag of any name', async () => {
  assert.match(await hintsOf('**'), / cat test\.hello -p 24224/);
  assert.match(await hintsOf('*'), / cat hello -p 24224/);
  assert.match(await hintsOf('a.*.c other'), / cat a\.hello\.c /);
  assert.match(await hintsOf('web.access'), / cat web\.access /);
});

test('the match is looked for in the label that the input enters', async () => {
  assert.match(await hintsOf('inner.**', '', '@INNER'), / cat inner\.hello /);
});

test('an address of its own is named, an input without hints is not', async () => {
  assert.match(await hintsOf('**', 'bind 127.0.0.2'), /-h 127\.0\.0\.2 -p 24224/);
  assert.doesNotMatch(await hintsOf('**'), /sample/);
});

test('an output that can tell says how to see what it wrote', async () => {
  const store = '@type copy\n<store>\n@type file\n@id disk\npath /var/log/out/%Y%m%d\n</store>';
  const hints = await hintsOf('**', '', '', store);
  assert.match(hints, /\nSee what arrives:\n {2}disk:\n {4}tail -F \/var\/log\/out\/\*\n$/);
  assert.doesNotMatch(await hintsOf('**'), /See what arrives/);
});
