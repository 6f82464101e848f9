import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import test, { after } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { isPluginFile } from '../architecture/judge.ts';
import { readTree } from '../architecture/tree.ts';
import { until } from '../e2e/waiting.ts';
import { environment, findNode, makeProject, newFolder, own, pack } from './project.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);
const folder = newFolder();
after(() => rmSync(folder, { recursive: true }));

const tarball = await pack(folder);
const project = await makeProject(folder, tarball);
const how = { cwd: project.folder, env: environment };
/** Whatever `exports` and `bin` name, besides the plugins. */
const publicFiles = [
  'lib/index',
  'lib/testing/index',
  'lib/testing/arbitraries',
  'lib/cli/main',
].map((name) => `${name}.ts`);
const examples = readdirSync(join(root, 'examples'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(root, join(entry.parentPath, entry.name)));

test('the tarball holds what the sources compile to, the examples, and nothing else', (t) => {
  t.diagnostic(`${tarball.size} bytes packed, ${tarball.unpackedSize} unpacked`);
  const sources = readTree(root, ['lib', 'operators', 'connectors']).map(({ path }) => path);
  const named = sources.filter((path) => isPluginFile(path) || publicFiles.includes(path));
  const expected = [
    ...['LICENSE', 'README.md', 'package.json', ...examples],
    ...sources.map((path) => `dist/${path.replace(/\.ts$/, '.d.ts')}`),
    ...named.map((path) => `dist/${path.replace(/\.ts$/, '.js')}`),
  ];
  assert.deepEqual(
    expected.filter((path) => !tarball.files.includes(path)),
    [],
  );
  const isPart = (path: string): boolean => /^dist\/lib\/.*\.js$/.test(path);
  const surplus = tarball.files.filter((path) => !expected.includes(path) && !isPart(path));
  assert.deepEqual(surplus, []);
  // Sources that are loaded together are one file.
  assert(tarball.files.filter(isPart).length < sources.length / 4);
  assert(tarball.size < 1_000_000, 'a megabyte is too much');
});

test('a start of the installed command loads a handful of files', async () => {
  const loaded = async (...words: string[]): Promise<string[]> => {
    const coverage = newFolder();
    const env = { ...environment, NODE_V8_COVERAGE: coverage };
    await run('node_modules/.bin/millrace', words, { ...how, env });
    const [report = ''] = readdirSync(coverage);
    const { result } = JSON.parse(readFileSync(join(coverage, report), 'utf8'));
    rmSync(coverage, { recursive: true });
    const urls = result.map(({ url }: { readonly url: string }) => url);
    return urls.filter((url: string) => url.startsWith('file:'));
  };
  assert.equal((await loaded('--version')).length, 2);
  const configuration = 'node_modules/millrace/examples/nginx_to_files.conf';
  const files = await loaded('run', '--dry-run', '-c', configuration);
  assert(files.length <= 15, files.join('\n'));
});

test('publint finds no fault', async () => {
  const words = ['-y', 'publint@0.3.25', tarball.path, '--strict'];
  assert.match((await run('npx', words, how)).stdout, /All good!/);
});

test('attw resolves every entry point to its types, for ESM, plugins among them', async () => {
  const words = ['-y', '@arethetypeswrong/cli@0.18.5', tarball.path, '--format', 'table-flipped'];
  const plugins = tarball.files.flatMap((path) => {
    const [, name] = /^dist\/((?:operators|connectors)\/.*)\.js$/.exec(path) ?? [];
    return name === undefined ? [] : [name];
  });
  const which = ['--profile', 'esm-only', '--no-emoji', '--include-entrypoints', ...plugins];
  const { stdout } = await run('npx', [...words, ...which], how);
  for (const name of ['millrace/testing', ...plugins.map((plugin) => `millrace/${plugin}`)]) {
    assert(stdout.includes(`"${name}"`), `${name} was not looked at`);
  }
});

test('a strict project compiles, the declarations of all libraries included', () => {
  assert.equal(project.faults, '');
});

test('npx finds the command of an installed package', async () => {
  const { stdout } = await run('npx', ['--no', '--', 'millrace', '--version'], how);
  assert.equal(stdout, `${own.version}\n`);
});

test('a plugin of the project has the same classes as the command that runs it', async () => {
  const place = join(folder, 'own-plugin');
  // Below the project: it imports the package by its name.
  const plugins = join(project.folder, 'plugins/output');
  for (const path of [place, plugins]) mkdirSync(path, { recursive: true });
  writeFileSync(join(plugins, 'picky.js'), pickyPlugin);
  writeFileSync(join(place, 'in.log'), 'one\ntwo\nthree\n');
  writeFileSync(join(place, 'run.conf'), pickyConfiguration(place));
  const words = ['run', '-c', join(place, 'run.conf'), '-p', join(project.folder, 'plugins')];
  const running = run('node_modules/.bin/millrace', words, how);
  const letters = join(place, 'buffer/dead_letter');
  await until('nothing was refused', 30_000, () => {
    if (running.child.exitCode !== null) return true;
    return existsSync(letters) && readdirSync(letters).length === 2;
  });
  running.child.kill('SIGTERM');
  await running;
  const texts = readdirSync(letters).map((name) => readFileSync(join(letters, name), 'utf8'));
  assert.match(texts.join(''), /"two"/);
  assert.doesNotMatch(texts.join(''), /"one"|"three"/);
});

/** Refuses the second event, if time and record are what the package says they are. */
const pickyPlugin = `
import { defineOutput, EventTime, PartialFailure } from 'millrace';

export default defineOutput({
  type: 'picky',
  doc: 'Refuses the second event.',
  options: {},
  create: () => ({
    async write(chunk) {
      for await (const entries of chunk.entries()) {
        if (!entries.every(({ time }) => time instanceof EventTime)) throw new Error('time');
      }
      throw new PartialFailure([{ index: 1, reason: 'it is the second' }]);
    },
  }),
});
`;

function pickyConfiguration(place: string): string {
  return `
<source>
  @type tail
  path ${place}/in.log
  pos_file ${place}/pos
  read_from_head true
  tag a
  <parse>
    @type none
  </parse>
</source>
<match a>
  @type picky
  <buffer>
    @type file
    path ${place}/buffer
    flush_mode immediate
  </buffer>
</match>
`;
}

const ownMajor = Number.parseInt(process.versions.node, 10);
for (const major of new Set([20, 22, 24, ownMajor])) {
  const node = await findNode(major);
  const under = `under Node ${major}`;

  test(`importing the package warns of nothing, ${under}`, async (t) => {
    const names = ['millrace', 'millrace/testing', 'millrace/operators/transform/highland'];
    const imports = names.map((name) => `await import('${name}');`);
    const script = [...imports, 'console.log(process.version);'].join('\n');
    const words = ['--input-type=module', '-e', script];
    const { stdout, stderr } = await run(node, words, how);
    t.diagnostic(stdout.trim());
    assert.equal(stderr, '');
  });

  test(`the command checks the examples, ${under}`, async () => {
    const configurations = examples.filter((path) => path.endsWith('.conf'));
    const installed = configurations.map((path) => join('node_modules/millrace', path));
    const words = ['node_modules/.bin/millrace', 'check', '--strict', ...installed];
    const { stdout, stderr } = await run(node, words, how);
    assert.equal(stderr, '');
    assert.equal(stdout, installed.map((path) => `${path}: ok\n`).join(''));
  });

  test(`a program runs a pipeline that it built until it is told to stop, ${under}`, async () => {
    const place = join(folder, `built-${major}`);
    mkdirSync(place);
    const accesses = [
      '{"path":"/","user":"alice","code":200}',
      '{"path":"/health","user":"probe","code":200}',
      '{"path":"/none","user":"bob","code":404}',
      '{"path":"/odd","user":"carol","code":7}',
      '{"path":"/bad","user":"dave","code":503}',
    ];
    writeFileSync(join(place, 'access.log'), `${accesses.join('\n')}\n`);
    const read = (name: string): string => {
      const path = join(place, name);
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    };
    const running = run(node, ['dist/src/main.js', place], how);
    const { child } = running;
    await until('not all has arrived', 30_000, () => {
      if (child.exitCode !== null) return true;
      return (
        read('web.access.log').includes('/bad') && read('wrong.web.access.log').includes('/odd')
      );
    });
    child.kill('SIGTERM');
    const { stdout, stderr } = await running;
    assert.equal(
      read('web.access.log'),
      '{"path":"/","user":"***","code":200,"hasFailed":false}\n' +
        '{"path":"/bad","user":"***","code":503,"hasFailed":true}\n',
    );
    assert.equal(read('wrong.web.access.log'), '{"path":"/odd","user":"***","code":7}\n');
    const { outputs, errorEvents } = JSON.parse(stdout);
    assert.deepEqual(outputs, {
      requests: { deliveredEvents: 2 },
      wrong: { deliveredEvents: 1 },
    });
    assert.equal(errorEvents, 1);
    assert.doesNotMatch(stderr, /\(node:\d+\)/);
  });

  test(`a program wires streams by hand, ${under}`, async () => {
    const place = join(folder, `by-hand-${major}`);
    mkdirSync(place);
    const lines = ['info', 'debug', 'info'].map((level, n) => JSON.stringify({ level, n }));
    writeFileSync(join(place, 'lines.json.gz'), gzipSync(`${lines.join('\n')}\n`));
    const { stdout, stderr } = await run(node, ['dist/src/by_hand.js', place], how);
    assert.match(
      readFileSync(join(place, 'lines.ltsv'), 'utf8'),
      /^level:info\tn:0\tgap:\d.*\nlevel:info\tn:2\tgap:\d.*\n$/,
    );
    assert.equal(stdout, 'output_file: 3 delivered\nn:2\nn:1\nn:0\n');
    assert.equal(stderr, '');
  });

  test(`the snippets of the README run, ${under}`, async () => {
    const place = join(folder, `readme-${major}`);
    mkdirSync(place);
    const built = (name: string): string => join(project.folder, 'dist/src/readme', name);
    const inPlace = { ...how, cwd: place };
    const embedded = await run(node, [built('embedded.js')], inPlace);
    assert.equal(embedded.stdout, '{ deliveredEvents: 3 }\n');
    await run(node, [built('by_hand.js')], inPlace);
    assert.equal(readFileSync(join(place, 'app.ltsv'), 'utf8'), 'level:info\tn:1\n');
    const words = ['--test', '--test-reporter=tap', built('plugins/filter/mask.test.js')];
    assert.match((await run(node, words, inPlace)).stdout, /^# pass 5\n# fail 0$/m);
  });

  test(`the laws and its own tests hold for an operator of the project, ${under}`, async () => {
    const words = ['--test', '--test-reporter=tap', 'dist/test/mine.test.js'];
    const { stdout, stderr } = await run(node, words, how);
    assert.match(stdout, /^# pass 12$/m);
    assert.match(stdout, /^# fail 0$/m);
    assert.equal(stderr, '');
  });
}
