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

/** Nine mistakes, each of another sort, at these lines and columns. */
const places = ['32:1', '2:9', '6:8', '13:13', '19:3', '21:20', '22:5', '25:8', '27:10'];
const wrong = fileWith(
  'wrong.conf',
  `<source>
  @type forwrd
</source>
<source>
  @type sample
  rate often
  tag a
</source>
<filter a.**>
  @type grep
  <regexp>
    key level
    pattern /(unclosed/
  </regexp>
</filter>
<match a.**>
  @type file
  path /var/log/out
  flush_intervall 5s
  <buffer>
    flush_interval abc
    retry_forevr true
  </buffer>
</match>
<match b.{c,d>
  @type relabel
  @label @NOWERE
</match>
<label @NOWHERE>
</label>

<match c>
  @type null
`,
);

test('a right file is ok and exits 0', async () => {
  const terminal = testTerminal();
  assert.equal(await check([right], { plugin: [] }, terminal), 0);
  assert.equal(terminal.outText(), `${right}: ok\n`);
  assert.equal(terminal.errText(), '');
});

test('every mistake is told at once, with its line, its column and a hint', async () => {
  const terminal = testTerminal();
  assert.equal(await check([wrong], { plugin: [], strict: true }, terminal), 1);
  const told = terminal.errText().trim().split('\n\n');
  const hinted = told.filter((each) => /\n +\| +\^+ \S/.test(each));
  const found = hinted.map((each) => /wrong\.conf:(\d+:\d+)\n/.exec(each)?.[1]);
  assert.deepEqual(
    places.filter((place) => !found.includes(place)),
    [],
    terminal.errText(),
  );
  assert.match(terminal.errText(), /\^ did you mean `forward`\?/);
  assert.match(terminal.errText(), /\^ `flush_interval` belongs in `<buffer>`/);
  assert.match(terminal.errText(), /\^ did you mean `@NOWHERE`\?/);
});

test('with --json the faults are data, of all files together', async () => {
  const terminal = testTerminal();
  assert.equal(await check([right, wrong], { plugin: [], json: true }, terminal), 1);
  const reports: unknown = JSON.parse(terminal.outText());
  assert(Array.isArray(reports));
  const unknownPlugin = reports.find(({ line }) => line === 2);
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
