import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { startSources } from '../../e2e/program.ts';
import { until } from '../../e2e/waiting.ts';
import { type LoadedFile, loadedFiles, nodeModulesOf } from './loaded_files.ts';

// What a start costs is above all the number of files that it loads, and their length. A build joins those that are
// loaded together: the sources show what they are.

function tempFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-main-'));
  test.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const own = ({ name }: LoadedFile): boolean => /^(?:lib|operators|connectors)\//.test(name);

/** Code of others, but for what runs the sources. */
const foreign = ({ name }: LoadedFile): boolean =>
  /node_modules\/(?!(?:tsx|esbuild|get-tsconfig)\/)/.test(name);

test('--version loads no command and no library', async (t) => {
  const folder = tempFolder(t);
  const program = startSources(['--version'], { NODE_V8_COVERAGE: folder });
  assert.equal(await program.ended, 0);
  assert.match(program.output(), /^\d+\.\d+\.\d+\n$/);
  const files = loadedFiles(folder);
  assert.deepEqual(files.filter(foreign), []);
  assert.deepEqual(
    files.filter(own).map(({ name }) => name),
    [
      'lib/cli/command_line',
      'lib/cli/main',
      'lib/cli/read_run',
      'lib/cli/terminal',
      'lib/error',
      'lib/fleet/version',
      'lib/process/standard_stream',
    ],
  );
});

test('a run loads what its configuration uses, no sockets and no library', async (t) => {
  const folder = tempFolder(t);
  const report = join(folder, 'report');
  const outputs = join(folder, 'out');
  mkdirSync(outputs);
  writeFileSync(join(folder, 'in.log'), '{"n":1}\n');
  writeFileSync(join(folder, 'run.conf'), configuration(folder));
  const words = ['run', '-c', join(folder, 'run.conf')];
  const program = startSources(words, { NODE_V8_COVERAGE: report });
  t.after(() => program.end());
  const written = (): string =>
    readdirSync(outputs)
      .map((name) => readFileSync(join(outputs, name), 'utf8'))
      .join('');
  await until('nothing is written', 60_000, () => written() !== '');
  assert.equal(await program.stop(), 0);
  assert.equal(written(), '{"n":1,"host":"web-01"}\n');

  assert(existsSync(report));
  const files = loadedFiles(report);
  assert.deepEqual(files.filter(foreign), []);
  const names = files.filter(own).map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => !name.startsWith('lib/')),
    [
      'connectors/input/tail',
      'connectors/output/file',
      'operators/filter/record_transformer',
      'operators/formatter/json',
      'operators/parser/json',
    ],
  );
  const needless =
    /^lib\/(?:net\/|testing\/|config\/(?:yaml|report|print)|cli\/(?:program|hints)|plugin\/alone|graph\/operator_stage|buffer\/(?:direct_sink|store\/memory_store)|codec\/(?:forward|gzip$|decompress|avro|http|syslog|zstd|certificate))/;
  assert.deepEqual(
    names.filter((name) => needless.test(name)),
    [],
  );
  assert(names.length <= mostFiles, `${names.length} files are loaded`);
  const modules = nodeModulesOf(files.filter(own));
  for (const module of ['net', 'tls', 'http', 'https', 'dgram', 'dns', 'child_process']) {
    assert(!modules.has(module), module);
  }
});

/** There were 256 when this was written; a few more are no harm, a subsystem that nobody asked for is. */
const mostFiles = 275;

function configuration(folder: string): string {
  return `
<source>
  @type tail
  path ${folder}/in.log
  pos_file ${folder}/pos
  read_from_head true
  tag a
  <parse>
    @type json
  </parse>
</source>
<filter **>
  @type record_transformer
  <record>
    host web-01
  </record>
</filter>
<match **>
  @type file
  path ${folder}/out/log
  append true
  <format>
    @type json
  </format>
  <buffer>
    @type file
    path ${folder}/buffer
    flush_mode immediate
  </buffer>
</match>
`;
}
