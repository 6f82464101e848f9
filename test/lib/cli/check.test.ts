import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { check } from '../../../lib/cli/check.ts';
import { testTerminal } from './test_terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-check-'));
after(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const right = fileWith(
  'right.conf',
  `<source>
  @type sample
  tag app
</source>
<match **>
  @type null
</match>
`,
);

/** Six lines are wrong: 3, 4, 7, 10, 13, 17. */
const wrong = fileWith(
  'wrong.conf',
  `<source>
  @type sample
  rate often
  tga app
</source>
<match app.**>
  @type nul
</match>
<match {a,b>
  @label @NOWHERE
  @type relabel
</match>
<filter **>
  @type grepp
</filter>
<label @OTHER>
  <match **>
    @type copy
    <store>
    </store>
  </match>
</label>
`,
);

test('a right file is ok and exits 0', async () => {
  const terminal = testTerminal();
  assert.equal(await check([right], { plugin: [] }, terminal), 0);
  assert.equal(terminal.outText(), `${right}: ok\n`);
  assert.equal(terminal.errText(), '');
});

test('every fault is told at once, with its line, its column and the source', async () => {
  const terminal = testTerminal();
  assert.equal(await check([wrong], { plugin: [], strict: true }, terminal), 1);
  const places = [...terminal.errText().matchAll(/--> .*wrong\.conf:(\d+):(\d+)$/gm)];
  assert(places.length >= 6, terminal.errText());
  assert.match(terminal.errText(), /did you mean `null`\?/);
  assert.match(terminal.errText(), /did you mean `tag`\?/);
});

test('with --json the faults are data, of all files together', async () => {
  const terminal = testTerminal();
  assert.equal(await check([right, wrong], { plugin: [], json: true }, terminal), 1);
  const reports: unknown = JSON.parse(terminal.outText());
  assert(Array.isArray(reports));
  const unknownPlugin = reports.find(({ line }) => line === 7);
  assert.equal(unknownPlugin.severity, 'error');
  assert.equal(unknownPlugin.code, 'MR_PLUGIN');
  assert.equal(unknownPlugin.column, 9);
  assert.equal(unknownPlugin.file, wrong);
});

test('an unknown option is a warning, and a fault when strict', async () => {
  const file = fileWith(
    'unknown.conf',
    '<source>\n  @type sample\n  tag a\n  speed 3\n</source>\n<match **>\n  @type null\n</match>\n',
  );
  const lenient = testTerminal();
  assert.equal(await check([file], { plugin: [] }, lenient), 0);
  assert.match(lenient.errText(), /^warning\[MR_OPTION\]: `speed` is not an option/);
  assert.equal(lenient.outText(), `${file}: ok, 1 warning\n`);
  assert.equal(await check([file], { plugin: [], strict: true }, testTerminal()), 1);
});

test('a file that is not there is a fault, not a crash', async () => {
  const terminal = testTerminal();
  assert.equal(await check([join(folder, 'none.conf')], { plugin: [] }, terminal), 1);
  assert.match(terminal.errText(), /none\.conf/);
});
