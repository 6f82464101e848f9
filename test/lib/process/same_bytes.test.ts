import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import tail from '../../../connectors/input/tail.ts';
import file from '../../../connectors/output/file.ts';
import { silentLog } from '../../../lib/log.ts';
import type { Builder } from '../../../lib/plan/builder.ts';
import type { Plan } from '../../../lib/plan/plan.ts';
import { pipeline, runEmbedded } from '../../../lib/process/embed.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import grep from '../../../operators/filter/grep.ts';
import recordTransformer from '../../../operators/filter/record_transformer.ts';
import csv from '../../../operators/formatter/csv.ts';
import jsonFormat from '../../../operators/formatter/json.ts';
import ltsv from '../../../operators/formatter/ltsv.ts';
import outFile from '../../../operators/formatter/out_file.ts';
import json from '../../../operators/parser/json.ts';
import window from '../../../operators/transform/window.ts';
import { comparable, planOfText } from '../plan/compared.ts';

type Store = 'file' | 'memory';

const count = 500;
/** Every way of the pipeline is taken: sliced, compressed, by label, aggregated, and by `@ERROR`. */
const lines = Array.from({ length: count }, (_, n) => ({
  at: 1_700_000_000 + n,
  n,
  level: ['debug', 'info', 'error'][n % 3],
  size: n % 50 === 0 ? 'no number' : String(n * 7),
  text: `line ${n}\t"é", 漢字`,
}));

function builderOf(folder: string, store: Store): Builder<object> {
  return pipeline({ rootDir: join(folder, 'state') })
    .from(tail, {
      path: join(folder, 'in.log'),
      tag: 'app.web',
      posFile: join(folder, 'pos'),
      readFromHead: true,
      parse: json({
        timeKey: 'at',
        keepTimeKey: true,
        timeType: 'unixtime',
        types: { n: 'string' },
      }),
    })
    .filter('app.**', grep, { exclude: [{ key: 'level', pattern: '/^debug$/' }] })
    .filter('app.**', recordTransformer, {
      enableRuby: false,
      record: { from: '${tag_parts[1]}', host: '${hostname}' },
      removeKeys: ['at'],
    })
    .match('app.**', (m) =>
      m.copy(
        (a) =>
          a.to(
            file,
            { path: join(folder, 'out/json.%Y%m%d%H%M'), append: true, format: jsonFormat() },
            { buffer: { type: store, chunkKeys: ['time'], timekey: '1m', timekeyUseUtc: true } },
          ),
        (b) =>
          b.to(
            file,
            {
              path: join(folder, 'out/out_file.${tag}'),
              append: true,
              compress: 'gzip',
              format: outFile({ timeFormat: '%s.%N' }),
            },
            { buffer: { type: store, chunkKeys: ['tag'], flushInterval: '5s' } },
          ),
        (c) => c.relabel('@SIZES'),
        (d) => d.relabel('@COUNTS'),
      ),
    )
    .label('@SIZES', (l) =>
      l.match((m) =>
        m.to(
          file,
          {
            path: join(folder, 'out/sizes.${level}'),
            append: true,
            format: csv({ fields: ['n', 'size', 'text'] }),
          },
          { buffer: { type: store, chunkKeys: ['level'], flushMode: 'immediate' } },
        ),
      ),
    )
    .label('@COUNTS', (l) =>
      l
        .filter('**', window, {
          size: '1m',
          groupBy: ['level'],
          aggregate: [{ function: 'count' }, { function: 'sum', field: 'size', as: 'bytes' }],
        })
        .match((m) =>
          m.to(
            file,
            { path: join(folder, 'out/counts.${tag}'), append: true, format: ltsv() },
            { buffer: { type: store, chunkKeys: ['tag'], flushAtShutdown: true } },
          ),
        ),
    );
}

function configOf(folder: string, store: Store): string {
  return `<system>
  root_dir ${folder}/state
</system>
<source>
  @type tail
  path ${folder}/in.log
  tag app.web
  pos_file ${folder}/pos
  read_from_head true
  <parse>
    @type json
    time_key at
    keep_time_key true
    time_type unixtime
    types n:string
  </parse>
</source>
<filter app.**>
  @type grep
  <exclude>
    key level
    pattern /^debug$/
  </exclude>
</filter>
<filter app.**>
  @type record_transformer
  enable_ruby false
  remove_keys at
  <record>
    from \${tag_parts[1]}
    host \${hostname}
  </record>
</filter>
<match app.**>
  @type copy
  <store>
    @type file
    path ${folder}/out/json.%Y%m%d%H%M
    append true
    <format>
      @type json
    </format>
    <buffer time>
      @type ${store}
      timekey 1m
      timekey_use_utc true
    </buffer>
  </store>
  <store>
    @type file
    path ${folder}/out/out_file.\${tag}
    append true
    compress gzip
    <format>
      @type out_file
      time_format %s.%N
    </format>
    <buffer tag>
      @type ${store}
      flush_interval 5s
    </buffer>
  </store>
  <store>
    @type relabel
    @label @SIZES
  </store>
  <store>
    @type relabel
    @label @COUNTS
  </store>
</match>
<label @SIZES>
  <match>
    @type file
    path ${folder}/out/sizes.\${level}
    append true
    <format>
      @type csv
      fields n,size,text
    </format>
    <buffer level>
      @type ${store}
      flush_mode immediate
    </buffer>
  </match>
</label>
<label @COUNTS>
  <filter **>
    @type window
    size 1m
    group_by level
    <aggregate>
      function count
    </aggregate>
    <aggregate>
      function sum
      field size
      as bytes
    </aggregate>
  </filter>
  <match>
    @type file
    path ${folder}/out/counts.\${tag}
    append true
    <format>
      @type ltsv
    </format>
    <buffer tag>
      @type ${store}
      flush_at_shutdown true
    </buffer>
  </match>
</label>
`;
}

/** Runs a plan on the lines until all of them are read, stops it, and gives each file that it wrote as hex digits. */
async function filesOf(plan: Plan, folder: string): Promise<{ readonly [name: string]: string }> {
  for (const name of ['state', 'out', 'pos']) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  mkdirSync(join(folder, 'out'));
  const clock = new TestClock();
  const world = { clock, log: silentLog, hostname: 'here', timeZone: 'UTC', random: () => 0.5 };
  const running = await runEmbedded(plan, world);
  while (running.stats().inputs['input_tail']?.events !== count) {
    await clock.pass(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await clock.passUntil(running.flush());
  await clock.passUntil(running.stop());
  const names = readdirSync(join(folder, 'out')).sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(folder, 'out', name), 'hex')]),
  );
}

for (const store of ['file', 'memory'] as const) {
  test(`a configuration and a builder that say the same are one plan and write the same bytes, from buffers of ${store}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-same-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(
      join(folder, 'in.log'),
      lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    );
    const written = await planOfText(configOf(folder, store));
    const built = await builderOf(folder, store).plan();
    assert.deepEqual(comparable(built), comparable(written));
    const files = await filesOf(built, folder);
    assert.deepEqual(await filesOf(written, folder), files);

    const kept = lines.filter(({ level }) => level !== 'debug');
    assert.deepEqual(Object.keys(files), [
      'counts.app.web.log',
      ...new Set(kept.map(({ at }) => `json.${minuteOf(at)}.log`)),
      'out_file.app.web.log.gz',
      'sizes.error.log',
      'sizes.info.log',
    ]);
    const bytes = Buffer.from(files['sizes.error.log'] ?? '', 'hex').toString();
    assert.equal(
      bytes.split('\n').length - 1,
      kept.filter(({ level }) => level === 'error').length,
    );
  });
}

/** A time in seconds as the minute that names its file. */
function minuteOf(sec: number): string {
  return new Date(sec * 1000).toISOString().slice(0, 16).replace(/\D/g, '');
}
