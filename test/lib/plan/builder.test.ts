import assert from 'node:assert/strict';
import test from 'node:test';
import forwardInput from '../../../connectors/input/forward.ts';
import sample from '../../../connectors/input/sample.ts';
import tail from '../../../connectors/input/tail.ts';
import file from '../../../connectors/output/file.ts';
import forward from '../../../connectors/output/forward.ts';
import nothing from '../../../connectors/output/null.ts';
import stdout from '../../../connectors/output/stdout.ts';
import { MillraceError } from '../../../lib/error.ts';
import type { Builder } from '../../../lib/plan/builder.ts';
import { pipeline } from '../../../lib/process/embed.ts';
import grep from '../../../operators/filter/grep.ts';
import recordTransformer from '../../../operators/filter/record_transformer.ts';
import jsonFormat from '../../../operators/formatter/json.ts';
import json from '../../../operators/parser/json.ts';
import copy from '../../../operators/route/copy.ts';
import { comparable, planOfText } from './compared.ts';

async function assertSame(builder: Builder<object>, text: string): Promise<void> {
  assert.deepEqual(comparable(await builder.plan()), comparable(await planOfText(text)));
}

test('inputs, filters and outputs give the plan of the same configuration', async () => {
  await assertSame(
    pipeline()
      .from(tail, {
        path: '/var/log/app.log',
        tag: 'app.*',
        posFile: '/tmp/app.pos',
        parse: json({ timeKey: 't' }),
      })
      .filter('app.**', grep, { regexp: [{ key: '$.a.level', pattern: '/error|fatal/i' }] })
      .filter('**', recordTransformer, { record: { host: '${hostname}' }, removeKeys: ['secret'] })
      .match('app.**', (m) => m.to(file, { path: '/tmp/out/%Y%m%d' }))
      .match((m) => m.to(stdout)),
    `<source>
  @type tail
  path /var/log/app.log
  tag app.*
  pos_file /tmp/app.pos
  <parse>
    @type json
    time_key t
  </parse>
</source>
<filter app.**>
  @type grep
  <regexp>
    key $.a.level
    pattern /error|fatal/i
  </regexp>
</filter>
<filter>
  @type record_transformer
  remove_keys secret
  <record>
    host \${hostname}
  </record>
</filter>
<match app.**>
  @type file
  path /tmp/out/%Y%m%d
</match>
<match>
  @type stdout
</match>
`,
  );
});

test('buffers, secondaries, ids, labels and acks give the plan of the same configuration', async () => {
  await assertSame(
    pipeline({ rootDir: '/tmp/root' })
      .from(forwardInput, { port: 24225 }, { id: 'agents', label: '@IN', ack: 'delivered' })
      .label('@IN', (l) =>
        l
          .filter('**', grep, { exclude: [{ key: 'm', pattern: 'x' }] }, { logLevel: 'debug' })
          .match('a.**', (m) =>
            m.to(
              forward,
              { server: [{ host: 'far', port: 1 }] },
              {
                id: 'up',
                buffer: { chunkKeys: ['tag'], flushInterval: '2s', totalLimitSize: '1g' },
                secondary: file({ path: '/tmp/second.${tag}', append: true }),
              },
            ),
          )
          .match((m) =>
            m.to(
              file,
              { path: '/tmp/x.${tag}' },
              {
                buffer: {
                  type: 'memory',
                  chunkKeys: ['tag', 'time'],
                  timekey: 60_000,
                  timekeyWait: 0,
                },
              },
            ),
          ),
      )
      .onError((l) => l.match((m) => m.to(stdout, { format: jsonFormat() }))),
    `<system>
  root_dir /tmp/root
</system>
<source>
  @type forward
  @id agents
  @label @IN
  port 24225
  ack delivered
</source>
<label @IN>
  <filter **>
    @type grep
    @log_level debug
    <exclude>
      key m
      pattern x
    </exclude>
  </filter>
  <match a.**>
    @type forward
    @id up
    <server>
      host far
      port 1
    </server>
    <buffer tag>
      flush_interval 2s
      total_limit_size 1g
    </buffer>
    <secondary>
      @type file
      path /tmp/second.\${tag}
      append true
    </secondary>
  </match>
  <match>
    @type file
    path /tmp/x.\${tag}
    <buffer tag,time>
      @type memory
      timekey 1m
      timekey_wait 0
    </buffer>
  </match>
</label>
<label @ERROR>
  <match>
    @type stdout
    <format>
      @type json
    </format>
  </match>
</label>
`,
  );
});

test('copies, turns and ways on to labels give the plan of the same configuration', async () => {
  await assertSame(
    pipeline()
      .from(sample, { tag: 'a' })
      .match('a', (m) =>
        m.copy(
          (a) => a.ignoreError().to(nothing),
          (b) =>
            b.ifPreviousFailed().roundrobin(
              (c) => c.weight(3).to(stdout),
              (d) => d.relabel('@D'),
            ),
        ),
      )
      .match('b', (m) => m.relabel('@D'))
      .label('@D', (l) => l.match((m) => m.to(nothing))),
    `<source>
  @type sample
  tag a
</source>
<match a>
  @type copy
  <store ignore_error>
    @type null
  </store>
  <store ignore_if_prev_success>
    @type roundrobin
    <store>
      @type stdout
      weight 3
    </store>
    <store>
      @type relabel
      @label @D
    </store>
  </store>
</match>
<match b>
  @type relabel
  @label @D
</match>
<label @D>
  <match>
    @type null
  </match>
</label>
`,
  );
});

test('a route of any kind takes its branches', async () => {
  const plan = await pipeline()
    .match((m) =>
      m.route(copy, { copyMode: 'deep' }, [
        (a) => a.with({ argument: 'ignore_error' }).to(nothing),
        (b) => b.to(stdout),
      ]),
    )
    .plan();
  const [rule] = plan.labels[0]?.rules ?? [];
  assert(rule?.form === 'match' && rule.target.form === 'route');
  assert.equal(rule.target.options['copyMode'], 'deep');
  assert.deepEqual(
    rule.target.branches.map(({ options }) => options['argument']),
    ['ignore_error', ''],
  );
});

test('a plan is frozen', async () => {
  const plan = await pipeline()
    .match((m) => m.to(nothing))
    .plan();
  assert(Object.isFrozen(plan.labels[0]?.rules));
});

test('a part is a value: using it twice changes neither it nor the others', async () => {
  const clean = pipeline().filter('**', grep, { exclude: [{ key: 'level', pattern: 'debug' }] });
  const one = pipeline()
    .from(sample, { tag: 'x' })
    .use(clean)
    .match((m) => m.to(nothing));
  const two = pipeline().label('@X', (l) => l.use(clean).match((m) => m.to(stdout)));
  assert.equal(clean.steps.length, 1);
  assert.deepEqual(
    (await one.plan()).labels.map(({ name, rules }) => [name, rules.length]),
    [['@ROOT', 2]],
  );
  assert.deepEqual(
    (await two.plan()).labels.map(({ name, rules }) => [name, rules.length]),
    [
      ['@ROOT', 0],
      ['@X', 2],
    ],
  );
});

test('an input in a label enters that label, and labels of one name are one', async () => {
  const plan = await pipeline()
    .label('@X', (l) => l.from(sample, { tag: 'x' }).filter('**', grep))
    .label('@X', (l) => l.match((m) => m.to(nothing)))
    .plan();
  assert.equal(plan.inputs[0]?.label, '@X');
  assert.deepEqual(
    plan.labels.map(({ name, rules }) => [name, rules.length]),
    [
      ['@ROOT', 0],
      ['@X', 2],
    ],
  );
});

test('every fault is listed at once', async () => {
  const wrong = pipeline()
    .from(sample, { tag: 'x', rate: 0 }, { label: '@NOWHERE' })
    .filter('/(/', grep)
    .match('a', (m) => m.to(nothing, {}, { id: 'same' }))
    .match('b', (m) => m.to(nothing, {}, { id: 'same' }))
    .match('c', (m) => m.to(file, { path: '/tmp/a' }, { buffer: { timekey: 'never' } }));
  await assert.rejects(wrong.plan(), (error) => {
    assert(error instanceof MillraceError && error.code === 'MR_PLAN');
    assert(error.cause instanceof AggregateError);
    assert.deepEqual(
      error.cause.errors.map(({ message }) => message),
      [
        'input `sample`: `rate`: expected a whole number from 1 to 9007199254740991, not `0`',
        'the buffer of output `file`: `timekey`: expected a duration such as 500ms, 10s, 1h30m or a number of seconds, not `never`',
        'the id `same` is used twice',
        'there is no label `@NOWHERE`',
        'the pattern `/(/` is not a regular expression: Unclosed group',
      ],
    );
    assert.match(error.message, /^the pipeline has 5 faults:\n- input `sample`/);
    return true;
  });
});

test('a single fault is thrown as it is', async () => {
  await assert.rejects(
    pipeline()
      .match((m) => m.relabel('@GONE'))
      .plan(),
    (error) => error instanceof MillraceError && error.message === 'there is no label `@GONE`',
  );
});

test('a fault says which plugin it is about', async () => {
  const built = pipeline()
    .from(sample, { tag: 'a', rate: 1.5 }, { id: 'first' })
    .match((m) => m.to(file, { path: '/a/${k}' }, { id: 'last' }));
  await assert.rejects(
    () => built.plan(),
    (error) => {
      assert(error instanceof MillraceError && error.cause instanceof AggregateError);
      assert.deepEqual(
        error.cause.errors.map(({ code, pluginId }) => [code, pluginId]),
        [
          ['MR_OPTION', 'first'],
          ['MR_PLAN', 'last'],
        ],
      );
      return true;
    },
  );
});
