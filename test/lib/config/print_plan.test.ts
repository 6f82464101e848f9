import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import tail from '../../../connectors/input/tail.ts';
import file from '../../../connectors/output/file.ts';
import forward from '../../../connectors/output/forward.ts';
import nothing from '../../../connectors/output/null.ts';
import stdout from '../../../connectors/output/stdout.ts';
import { printPlan } from '../../../lib/config/print_plan.ts';
import { MillraceError } from '../../../lib/error.ts';
import { Catalog } from '../../../lib/plugin/catalog.ts';
import { defineOutput } from '../../../lib/plugin/define.ts';
import { fromConfig, pipeline } from '../../../lib/process/embed.ts';
import grep from '../../../operators/filter/grep.ts';
import recordTransformer from '../../../operators/filter/record_transformer.ts';
import json from '../../../operators/parser/json.ts';
import regexp from '../../../operators/parser/regexp.ts';
import { comparable, planOfText } from '../plan/compared.ts';

const examples = join(import.meta.dirname, '../../../examples');
const catalog = new Catalog();
const print = { catalog, showsSecrets: true };

const rich = `
<system>
  root_dir /var/lib/millrace
  log_level warn
  <log>
    format json
  </log>
</system>
<source>
  @type forward
  @id entry
  @label @APP
  @log_level debug
  port 0
  <security>
    self_hostname here
    shared_key a#secret "of" sorts
    <user>
      username u
      password p
    </user>
  </security>
</source>
<source>
  @type tail
  path /var/log/*.log
  tag app.*
  ack delivered
  <parse>
    @type regexp
    expression /^(?<a>\\S+)\\t#\\{(?<b>.*)$/i
    types a:integer
  </parse>
</source>
<filter {a,b}.** c>
  @type record_transformer
  renew_record
  keep_keys a, b
  <record>
    text "two\\nlines"
    json {"a":[1,2]}
  </record>
</filter>
<match app.**>
  @type copy
  <store ignore_error>
    @type file
    path /var/out/\${tag}.\${$.a.b}.%Y%m%d%H
    <format>
      @type out_file
      delimiter "\\t\\t"
    </format>
    <inject>
      tag_key tag
    </inject>
    <buffer tag, time, $.a.b>
      @type file
      timekey 1h
      flush_interval 10s
      retry_max_times 3
    </buffer>
    <secondary>
      @type file
      path /var/dead/\${tag}.\${$.a.b}
    </secondary>
  </store>
  <store>
    @type roundrobin
    <store>
      @type stdout
      weight 3
      <buffer>
      </buffer>
    </store>
    <store>
      @type relabel
      @label @APP
    </store>
  </store>
</match>
<match>
  @type null
</match>
<label @APP>
  <match>
    @type forward
    <server>
      host 10.0.0.1
      weight 10
    </server>
    <server>
      host 10.0.0.2
      standby
    </server>
  </match>
</label>
<label @ERROR>
  <match>
    @type stdout
  </match>
</label>
`;

test('a printed plan compiles to the same plan again', async () => {
  const texts = readdirSync(examples)
    .filter((name) => name.endsWith('.conf'))
    .map((name) => readFileSync(join(examples, name), 'utf8'));
  assert(texts.length >= 4);
  for (const text of [rich, ...texts]) {
    const plan = await planOfText(text);
    const printed = await printPlan(plan, print);
    assert.deepEqual(comparable(await planOfText(printed)), comparable(plan), printed);
  }
});

test('what was not written is not printed', async () => {
  const text =
    '<source>\n  @type sample\n  tag a\n</source>\n<match **>\n  @type stdout\n</match>\n';
  assert.equal(await printPlan(await planOfText(text), print), text);
});

test('a pipeline of a builder is printed as a configuration', async () => {
  const built = pipeline({ rootDir: '/var/lib/x' })
    .from(tail, {
      path: '/a',
      tag: 'a',
      refreshInterval: 1500,
      excludePath: ['/b,c', '/d'],
      parse: regexp({ expression: /^(?<a>[$^]\S+)$/i }),
    })
    .filter('a.**', grep, { regexp: [{ key: '$.a.b', pattern: /^x.y$/s }] })
    .filter('**', recordTransformer, { record: { host: '${hostname}' } })
    .match('b', (m) => m.to(stdout, {}, { buffer: { flushInterval: 250 }, id: 'b_out' }))
    .match((m) =>
      m.copy(
        (a) => a.ignoreError().to(nothing),
        (b) => b.relabel('@X'),
      ),
    )
    .label('@X', (l) =>
      l.match((m) => m.to(file, { path: '/o' }, { secondary: file({ path: '/s' }) })),
    );
  assert.equal(
    await built.toConfig(),
    `<system>
  root_dir /var/lib/x
</system>
<source>
  @type tail
  path /a
  exclude_path ["/b,c","/d"]
  tag a
  refresh_interval 1500ms
  <parse>
    @type regexp
    expression /\\A(?<a>[$^]\\S+)\\z/i
  </parse>
</source>
<filter a.**>
  @type grep
  <regexp>
    key $.a.b
    pattern /\\Ax.y\\z/m
  </regexp>
</filter>
<filter **>
  @type record_transformer
  <record>
    host \${hostname}
  </record>
</filter>
<match b>
  @type stdout
  @id b_out
  <buffer>
    flush_interval 250ms
  </buffer>
</match>
<match **>
  @type copy
  <store ignore_error>
    @type null
  </store>
  <store>
    @type relabel
    @label @X
  </store>
</match>
<label @X>
  <match **>
    @type file
    path /o
    <secondary>
      @type file
      path /s
    </secondary>
  </match>
</label>
`,
  );
});

test('secrets are printed only when asked for', async () => {
  const built = pipeline().match((m) =>
    m.to(forward, { server: [{ host: 'h' }], security: { selfHostname: 'me', sharedKey: 'hush' } }),
  );
  assert.match(await built.toConfig(), /shared_key xxxxxx/);
  assert.match(await built.toConfig({ showSecrets: true }), /shared_key hush/);
});

test('code has no form in a configuration, wherever it stands', async () => {
  const own = defineOutput({
    type: 'stdout',
    doc: 'Not the one in the catalog.',
    options: {},
    create: () => ({ async write() {} }),
  });
  const builders = [
    pipeline().map((entry) => entry, { id: 'mine' }),
    pipeline().match((m) => m.to(own, {}, { id: 'mine' })),
  ];
  for (const built of builders) {
    await assert.rejects(
      () => built.match((m) => m.to(nothing)).toConfig(),
      (error) => error instanceof MillraceError && /`mine` is code/.test(error.message),
    );
  }
});

test('a configuration is a pipeline that can be added to', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'from-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'app.conf');
  writeFileSync(
    path,
    '<source>\n  @type sample\n  tag a\n</source>\n<label @X>\n  <match>\n    @type null\n  </match>\n</label>\n',
  );
  const text = await fromConfig(path)
    .from(tail, { path: '/a', tag: 'b', parse: json() }, { label: '@X' })
    .match((m) => m.relabel('@X'))
    .toConfig();
  assert.deepEqual(
    comparable(await planOfText(text)),
    comparable(
      await planOfText(`${readFileSync(path, 'utf8')}
<source>
  @type tail
  @label @X
  path /a
  tag b
  <parse>
    @type json
  </parse>
</source>
<match>
  @type relabel
  @label @X
</match>`),
    ),
  );
});

test('a configuration with faults says all of them, with their lines', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'from-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'app.conf');
  writeFileSync(path, '<source>\n  @type sampel\n</source>\n<match>\n  @type nul\n</match>\n');
  await assert.rejects(
    () => fromConfig(path).plan(),
    (error) => {
      assert(error instanceof MillraceError && error.cause instanceof AggregateError);
      assert.equal(error.cause.errors.length, 2);
      assert.match(
        error.message,
        /has 2 faults:\n- line 2: .*`sampel`.*`sample`.*\n- line 5: .*`nul`/,
      );
      return true;
    },
  );
});
