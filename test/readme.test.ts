import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import type { Plan } from '../lib/plan/plan.ts';
import { Catalog } from '../lib/plugin/catalog.ts';
import { planOfText } from './lib/plan/compared.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** A block of code: its language, what stands behind that, and its text. */
interface Block {
  readonly language: string;
  readonly note: string;
  readonly text: string;
}

const blocks: readonly Block[] = [...readme.matchAll(/^```(\w+)[ ]?(.*)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', note = '', text = '']) => ({ language, note, text }),
);

// A folder inside of the package, so that `millrace` is found by its own name, as built.
mkdirSync(join(root, '.millrace'), { recursive: true });
const folder = mkdtempSync(join(root, '.millrace/readme-'));
after(() => rmSync(folder, { recursive: true }));

const files = blocks
  .filter(({ language }) => language === 'ts')
  .map(({ note, text }, index) => {
    const path = join(folder, note.includes('/') ? note : `snippet_${index}_${note}.ts`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return { note, path, text };
  });

function fileOf(note: string): { readonly path: string; readonly text: string } {
  const found = files.find((file) => file.note === note);
  assert(found !== undefined, `the README has no snippet \`${note}\``);
  return found;
}

const configs = blocks.filter(({ language }) => language === 'fluentd');

test('every snippet in TypeScript compiles under the strictest options', () => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(
    files.map(({ path }) => path),
    options,
  );
  const complaints = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  assert.deepEqual(complaints, []);
  assert(files.length >= 5);
});

test('the configuration is correct, and the builder beside it gives the same plan', async () => {
  const text = configs.find(({ note }) => note === '')?.text ?? '';
  const { app } = await import(pathToFileURL(fileOf('config').path).href);
  const expected = printed(await planOfText(text));
  assert.equal(printed(await app.plan()), expected);
  assert.equal(printed(await planOfText(await app.toConfig())), expected);
});

const places = new Set(['at', 'labelAt', 'patternAt']);

/** A plan as text, without its places. (The builder's is of the built plugins, the other one of their sources.) */
function printed(plan: Plan): string {
  const plain = (key: string, value: unknown): unknown => {
    if (places.has(key)) return undefined;
    if (value instanceof Map) return [...value];
    if (value instanceof RegExp) return String(value);
    return typeof value === 'function' && 'type' in value ? value.type : value;
  };
  return JSON.stringify(plan, plain, 1);
}

test('the embedded pipeline runs and counts what it delivered', async () => {
  const { text, path } = files.find(({ text }) => text.includes('interface Order')) ?? fileOf('');
  assert.match(text, /deliveredEvents: 3/);
  const { stdout } = await runSnippet(path);
  assert.match(stdout, /\{ deliveredEvents: 3 \}/);
});

test('the streams by hand write what the snippet says, and tell of what they could not read', async () => {
  const { path, text } = files.find(({ text }) => text.includes('createReadStream(')) ?? fileOf('');
  const { stderr } = await runSnippet(path);
  const written = readFileSync(join(folder, 'app.ltsv'), 'utf8');
  assert.equal(written, 'level:info\tn:1\n');
  assert(text.includes(written.trimEnd()));
  assert.match(stderr, /app \{ message: 'nonsense' \} the text does not match/);
});

test('the plugin passes its own test, and a configuration finds it', async () => {
  const { path } = fileOf('plugins/filter/mask.test.ts');
  const { stdout } = await runSnippet(path, ['--test']);
  assert.match(stdout, /# pass [5-9]\n# fail 0/);
  const catalog = new Catalog([join(folder, 'plugins')]);
  const plan = await planOfText(configs.find(({ note }) => note === 'plugin')?.text ?? '', catalog);
  const [rule] = plan.labels.flatMap((label) => label.rules);
  assert(rule?.form === 'filter');
  assert.deepEqual(rule.node.options['fields'], ['card', 'phone']);
});

test('the scripts that the text names exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = [...readme.matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, name = '']) => name);
  for (const name of named) {
    if (name !== 'ci') assert(name in scripts, `\`npm run ${name}\``);
  }
});

function runSnippet(
  path: string,
  words: readonly string[] = [],
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const tsx = import.meta.resolve('tsx');
  // A test in a test would report to the one outside.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return run(process.execPath, ['--import', tsx, ...words, path], { cwd: folder, env });
}
