import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import nothing from '../../../connectors/output/null.ts';
import type { Compiled } from '../../../lib/config/compile.ts';
import { loadPlan } from '../../../lib/config/load_plan.ts';
import { printPlan } from '../../../lib/config/print_plan.ts';
import { silentLog } from '../../../lib/log.ts';
import { Catalog } from '../../../lib/plugin/catalog.ts';
import { pipeline, runEmbedded } from '../../../lib/process/embed.ts';
import script from '../../../operators/filter/script.ts';
import { collected } from '../../lib/graph/plugins/collected.ts';

const plugins = fileURLToPath(new URL('../../lib/graph/plugins', import.meta.url));
const root = dirname(fileURLToPath(new URL('../../../package.json', import.meta.url)));

/** A configuration beside its modules, compiled: ten events through a script, to `keep`. */
async function compileWith(
  t: TestContext,
  name: string,
  modules: { readonly [file: string]: string },
  section: string,
): Promise<Compiled & { readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-script-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(modules)) writeFileSync(join(folder, file), text);
  const path = join(folder, 'app.conf');
  writeFileSync(
    path,
    `<system>
  root_dir ${folder}/state
</system>
<source>
  @type gush
  tag ${name}
  size 10
</source>
<filter **>
  @type script
${section}
</filter>
<match **>
  @type keep
  name ${name}
</match>
<label @ERROR>
  <match **>
    @type keep
    name ${name}.error
  </match>
</label>
`,
  );
  return { folder, ...(await loadPlan(path, { catalog: new Catalog([plugins]) })) };
}

/** The records that come out of a script, and those that go to `@ERROR`. */
async function runWith(
  t: TestContext,
  name: string,
  modules: { readonly [file: string]: string },
  section: string,
): Promise<[unknown[], unknown[]]> {
  const { plan, faults } = await compileWith(t, name, modules, section);
  assert.deepEqual(faults, []);
  assert(plan !== undefined);
  const running = await runEmbedded(plan, { log: silentLog });
  await running.finished;
  await running.stop();
  return [recordsOf(name), recordsOf(`${name}.error`)];
}

const recordsOf = (name: string): unknown[] =>
  (collected.get(name) ?? []).map(({ record }) => record);
const upTo = (count: number): { n: number }[] => Array.from({ length: count }, (_, n) => ({ n }));

test('a function gets each entry: it gives it, another one, several or none, or throws', async (t) => {
  const text = `export default ({ time, record }, tag) => {
    if (record.n === 0) return null;
    if (record.n === 1) return { time, record: { n: 1, tag } };
    if (record.n === 2) return [{ time, record: { n: 20 } }, { time, record: { n: 21 } }];
    if (record.n === 3) throw new Error('three');
    return record.n < 6 ? { time, record } : null;
  };`;
  const [good, bad] = await runWith(t, 'script.function', { 'my.mjs': text }, '  path ./my.mjs');
  assert.deepEqual(good, [
    { n: 1, tag: 'script.function' },
    { n: 20 },
    { n: 21 },
    { n: 4 },
    { n: 5 },
  ]);
  assert.deepEqual(bad, [{ n: 3 }]);
});

test('an async generator function gets batches', async (t) => {
  const text = `export async function* twice(source) {
    for await (const batch of source) {
      for (const delivery of batch.delivery.split(2)) yield batch.derive({ delivery });
    }
  }`;
  const [good] = await runWith(
    t,
    'script.generator',
    { 'my.mjs': text },
    '  path my.mjs\n  export twice',
  );
  assert.deepEqual(good, [...upTo(10), ...upTo(10)]);
});

test('a class of Transforms, or a function that makes one, gets entries one by one', async (t) => {
  const text = `import { Transform } from 'node:stream';
  export class Odd extends Transform {
    constructor() { super({ objectMode: true }); }
    _transform(entry, _, done) { done(null, entry.record.n % 2 === 1 ? entry : null); }
  }
  export const make = () => new Odd();
  Odd.prototype._transform = function (entry, _, done) {
    if (entry.record.n % 2 === 1) this.push(entry);
    done();
  };`;
  const odd = upTo(10).filter(({ n }) => n % 2 === 1);
  const [byClass] = await runWith(
    t,
    'script.class',
    { 'my.mjs': text },
    '  path my.mjs\n  export Odd',
  );
  assert.deepEqual(byClass, odd);
  const [byMaker] = await runWith(
    t,
    'script.make',
    { 'my.mjs': text },
    '  path my.mjs\n  export make',
  );
  assert.deepEqual(byMaker, odd);
});

test('a pipeline of Highland is a stage', async (t) => {
  const text = `import highland from '${root}/operators/transform/highland.ts';
  export default highland((s) => s.batch(4).map(([first]) => first));`;
  const [good] = await runWith(t, 'script.highland', { 'my.mjs': text }, '  path my.mjs');
  assert.deepEqual(good, [{ n: 0 }, { n: 4 }, { n: 8 }]);
});

test('texts in <with> are given to a function that makes the stage', async (t) => {
  const text = `export default ({ least }) => (entry) => entry.record.n >= Number(least) ? entry : null;`;
  const [good] = await runWith(
    t,
    'script.with',
    { 'my.mjs': text },
    '  path my.mjs\n  <with>\n    least 8\n  </with>',
  );
  assert.deepEqual(good, [{ n: 8 }, { n: 9 }]);
});

const wrong: readonly (readonly [string, string | undefined, RegExp])[] = [
  ['is not there', undefined, /^the module \/.*my\.mjs is not there$/],
  ['cannot be parsed', 'export default (', /my\.mjs cannot be loaded: SyntaxError/],
  ['throws', `throw new Error('not today');`, /my\.mjs cannot be loaded: Error: not today$/],
  ['has no default', 'export const filter = () => null;', /my\.mjs exports no default$/],
  ['exports a number', 'export default 7;', /no stage: user code cannot be a number$/],
  [
    'exports an async function',
    'export default async (entry) => entry;',
    /cannot be an async function/,
  ],
];

for (const [what, text, message] of wrong) {
  test(`a module that ${what} is a fault at its path`, async (t) => {
    const modules = text === undefined ? {} : { 'my.mjs': text };
    const { plan, faults } = await compileWith(t, 'script.wrong', modules, '  path ./my.mjs');
    assert.equal(plan, undefined);
    assert.equal(faults.length, 1);
    assert.match(faults[0]?.message ?? '', message);
    assert.deepEqual([faults[0]?.at?.line, faults[0]?.at?.column], [11, 8]);
  });
}

test('a function that makes no Transform stops the start', async (t) => {
  const { plan } = await compileWith(
    t,
    'script.none',
    { 'my.mjs': 'export default () => 7;' },
    '  path my.mjs',
  );
  assert(plan !== undefined);
  await assert.rejects(
    runEmbedded(plan, { log: silentLog }),
    /`filter_script`: the function did not make a Transform/,
  );
});

test('a builder takes a script, too, with a path from the working folder', async (t) => {
  const { folder } = await compileWith(
    t,
    'script.builder',
    { 'my.mjs': 'export default (entry) => entry;' },
    '  path my.mjs',
  );
  const path = join(folder, 'my.mjs');
  const plan = await pipeline().filter('**', script, { path }, { id: 'mine' }).plan();
  const [rule] = plan.labels[0]?.rules ?? [];
  assert(rule?.form === 'filter');
  assert.deepEqual(
    [rule.node.id, rule.node.plugin.kind, rule.node.plugin.type, rule.node.options['path']],
    ['mine', 'filter', 'script', path],
  );
  await assert.rejects(
    pipeline().filter('**', script, { path: 'gone.mjs' }).plan(),
    /^MillraceError: the module .*gone\.mjs is not there$/,
  );
});

test('a script is printed as what it was written as', async (t) => {
  const { folder, plan } = await compileWith(
    t,
    'script.printed',
    { 'my.mjs': 'export const mine = ({ word }) => async function* (s) { yield* s; };' },
    '  path my.mjs\n  export mine\n  <with>\n    word x\n  </with>',
  );
  assert(plan !== undefined);
  const catalog = new Catalog([plugins]);
  const text = await printPlan(plan, { catalog, showsSecrets: false });
  assert.match(
    text,
    new RegExp(
      `<filter \\*\\*>\\n  @type script\\n  path ${folder}/my.mjs\\n  export mine\\n  <with>\\n    word x\\n  </with>\\n</filter>`,
    ),
  );
  assert.equal(
    await pipeline()
      .filter('**', script, { path: join(folder, 'my.mjs'), export: 'mine', with: { word: 'x' } })
      .match((m) => m.to(nothing))
      .toConfig(),
    `<filter **>
  @type script
  path ${folder}/my.mjs
  export mine
  <with>
    word x
  </with>
</filter>
<match **>
  @type null
</match>
`,
  );
});
