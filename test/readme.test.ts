import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import type { Plan } from '../lib/plan/plan.ts';
import { Catalog } from '../lib/plugin/catalog.ts';
import { planOfText } from './lib/plan/compared.ts';
import { readme, snippets, writeSnippets } from './snippets.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
// A folder inside of the package, so that `millrace` is found by its own name, as built.
mkdirSync(join(root, '.millrace'), { recursive: true });
const folder = mkdtempSync(join(root, '.millrace/readme-'));
after(() => rmSync(folder, { recursive: true }));

writeSnippets(folder);

const configs = snippets.filter(({ language }) => language === 'fluentd');
const sources = snippets.filter(({ language }) => language === 'ts');

function textOf(name: string): string {
  return sources.find((snippet) => snippet.name === name)?.text ?? '';
}

test('every snippet in TypeScript compiles under the strictest options', () => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(
    sources.map(({ name }) => join(folder, name)),
    options,
  );
  const complaints = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  assert.deepEqual(complaints, []);
  assert(sources.length >= 5);
});

test('the configuration is correct, and the builder beside it gives the same plan', async () => {
  const text = configs.find(({ name }) => name === '')?.text ?? '';
  const { app } = await import(pathToFileURL(join(folder, 'app.ts')).href);
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
  assert.match(textOf('embedded.ts'), /deliveredEvents: 3/);
  const { stdout } = await runSnippet('embedded.ts');
  assert.match(stdout, /\{ deliveredEvents: 3 \}/);
});

test('the streams by hand write what the snippet says, and tell of what they could not read', async () => {
  const { stderr } = await runSnippet('by_hand.ts');
  const written = readFileSync(join(folder, 'app.ltsv'), 'utf8');
  assert.equal(written, 'level:info\tn:1\n');
  assert(textOf('by_hand.ts').includes(written.trimEnd()));
  assert.match(stderr, /app \{ message: 'nonsense' \} the text does not match/);
});

test('the plugin passes its own test, and a configuration finds it', async () => {
  const { stdout } = await runSnippet('plugins/filter/mask.test.ts', ['--test']);
  assert.match(stdout, /# pass [5-9]\n# fail 0/);
  const catalog = new Catalog([join(folder, 'plugins')]);
  const plan = await planOfText(configs.find(({ name }) => name === 'plugin')?.text ?? '', catalog);
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
  name: string,
  words: readonly string[] = [],
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const tsx = import.meta.resolve('tsx');
  // A test in a test would report to the one outside.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return run(process.execPath, ['--import', tsx, ...words, name], { cwd: folder, env });
}
