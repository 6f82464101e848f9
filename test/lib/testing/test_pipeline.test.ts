import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import file from '../../../connectors/output/file.ts';
import nothing from '../../../connectors/output/null.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { pipeline } from '../../../lib/process/embed.ts';
import { event } from '../../../lib/testing/event.ts';
import { expectEvents } from '../../../lib/testing/expect_events.ts';
import { testPipeline } from '../../../lib/testing/test_pipeline.ts';
import { failing, refusing, stalling } from '../../../lib/testing/write_fake.ts';

const config = `
<source>
  @type forward
  @id far
  port 0
</source>
<source>
  @type http
  @id web
  @label @WEB
</source>
<filter app.**>
  @type grep
  <exclude>
    key level
    pattern /debug/
  </exclude>
</filter>
<match app.**>
  @type file
  @id stored
  path /nowhere/app.%Y%m%d%H%M
  <buffer time>
    timekey 1m
    timekey_wait 10s
  </buffer>
</match>
<label @WEB>
  <match web>
    @type forward
    @id sent
    <server>
      host 192.0.2.1
    </server>
  </match>
</label>
`;

test('a configuration runs with its inputs fed and its outputs captured', async () => {
  await using run = await testPipeline(config);
  await run.feed('app.a', [{ n: 1 }, { level: 'debug' }]);
  await run.feed('web', { n: 2 }, { input: 'web', time: 5 });
  await run.feed('app.b', { n: 3 });
  await run.feed('other', { n: 4 });
  await run.flush();
  expectEvents(run.events('stored'), [event('app.a', { n: 1 }), event('app.b', { n: 3 })]);
  expectEvents(run.events('sent'), [event('web', { n: 2 }, 5)]);
  expectEvents(run.unmatched, [event('other', { n: 4 })]);
  assert.equal(run.stats.filters['filter_grep']?.droppedEvents, 1);
  assert.equal(run.stats.inputs['far']?.events, 4);
});

test('a configuration in a file runs too, and its faults are told as a person reads them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kit-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'app.conf');
  writeFileSync(path, '<match **>\n  @type null\n  @id ${env:SINK_ID}\n</match>\n');
  const run = await testPipeline({ file: path }, { env: { SINK_ID: 'sink' } });
  await run.feed('a', { n: 1 });
  expectEvents(run.events('sink'), [{ tag: 'a', record: { n: 1 } }]);
  await assert.rejects(testPipeline('<match **>\n  @typ null\n</match>'), /test\.conf:\d:\d/);
});

test('time slices are delivered when their time has come', async () => {
  const run = await testPipeline(config);
  await run.feed('app.a', { n: 1 });
  await run.pass(49_000);
  assert.equal(run.events('stored').length, 0);
  await run.feed('app.a', { n: 2 });
  await run.pass(60_000);
  const [first] = run.chunks('stored');
  assert.equal(first?.key.timekey, 1_699_999_980);
  expectEvents(run.events('stored'), [{ record: { n: 1 } }]);
  await run.stop();
  assert.equal(run.events('stored').length, 2);
});

test('what goes to @ERROR is told with its reason, also where a label takes it', async () => {
  const built = pipeline()
    .map(
      (entry, tag) => {
        if (tag === 'bad') throw new Error('no good');
        return entry;
      },
      { id: 'checked' },
    )
    .match((m) => m.to(nothing, {}, { id: 'good' }))
    .onError((label) => label.match((m) => m.to(nothing, {}, { id: 'wrong' })));
  const run = await testPipeline(built);
  await run.feedEvents([event('fine', { n: 1 }), event('bad', { n: 2 }), event('bad', { n: 3 })]);
  expectEvents(run.events('good'), [event('fine', { n: 1 })]);
  expectEvents(run.events('wrong'), [event('bad', { n: 2 }), event('bad', { n: 3 })]);
  expectEvents(run.errors, [event('bad', { n: 2 }), event('bad', { n: 3 })]);
  assert.deepEqual(
    run.errors.map(({ pluginId, cause }) => [pluginId, cause.message]),
    [
      ['checked', 'no good'],
      ['checked', 'no good'],
    ],
  );
});

const buffered = pipeline().match((m) =>
  m.to(
    nothing,
    {},
    { id: 'out', buffer: { flushInterval: '1s', retryWait: '2s', retryMaxTimes: 3 } },
  ),
);

test('an output that fails is tried again as its buffer says', async () => {
  const run = await testPipeline(buffered, { outputs: { out: failing(2) } });
  await run.feed('a', { n: 1 });
  await run.pass(1000);
  assert.deepEqual(run.events('out'), []);
  await run.flush();
  expectEvents(run.events('out'), [{ tag: 'a', record: { n: 1 } }]);
  assert.deepEqual(
    run.receipts.map(({ outputId, attempts }) => [outputId, attempts]),
    [['out', 3]],
  );
});

test('what can never be delivered is among the dead letters, to be looked at also after the end', async () => {
  const run = await testPipeline(buffered, { outputs: { out: failing(99, new Error('gone')) } });
  await run.feed('a', { n: 1 });
  await run.flush();
  await run.stop();
  const [letter] = await run.deadLetters();
  assert.equal(letter?.reason, 'gone');
  assert.equal(letter.attempts, 4);
  expectEvents(letter.events, [{ tag: 'a', record: { n: 1 } }]);
});

test('an output that refuses some events delivers the others', async () => {
  const odd = refusing(({ record }) => (Number(record['n']) % 2 === 1 ? 'odd' : undefined));
  const run = await testPipeline(buffered, { outputs: { out: odd } });
  await run.feed('a', [{ n: 1 }, { n: 2 }, { n: 3 }]);
  await run.flush();
  expectEvents(run.events('out'), [{ record: { n: 2 } }]);
  const [letter] = await run.deadLetters();
  expectEvents(letter?.events ?? [], [{ record: { n: 1 } }, { record: { n: 3 } }]);
});

test('an output that stalls holds back its source, until it is released', async () => {
  const direct = pipeline().match((m) => m.to(nothing, {}, { id: 'out' }));
  const stall = stalling();
  const run = await testPipeline(direct, { outputs: { out: stall } });
  const deliveries = [];
  for (let n = 0; n < 5; n += 1) deliveries.push(await run.feed('a', { n }));
  assert.equal(stall.waiting, 1);
  assert.deepEqual(
    deliveries.map(({ outcome }) => outcome),
    Array(5).fill(undefined),
  );
  stall.release();
  await run.flush();
  assert.equal(run.events('out').length, 5);
  assert.deepEqual(
    deliveries.map(({ outcome }) => outcome?.ok),
    Array(5).fill(true),
  );
});

test('an end that is kept is what it is, and may fail before', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kit-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const built = pipeline().match((m) =>
    m.to(
      file,
      { path: join(folder, 'out.${tag}'), append: true },
      { id: 'out', buffer: { type: 'memory', chunkKeys: ['tag'] } },
    ),
  );
  const run = await testPipeline(built, { keep: ['out'], outputs: { out: failing(1) } });
  await run.feed('a', { n: 1 }, { time: new EventTime(1_700_000_000, 0) });
  await run.flush();
  await run.stop();
  assert.equal(run.receipts.length, 1);
  assert.match(readFileSync(join(folder, 'out.a.log'), 'utf8'), /\ta\t\{"n":1\}\n/);
});

test('an id that there is not is refused with the nearest one', async () => {
  await assert.rejects(testPipeline(buffered, { keep: ['outt'] }), /no `outt`: did you mean `out`/);
  const run = await testPipeline(buffered);
  assert.throws(() => run.events('ou'), /did you mean `out`/);
  await assert.rejects(run.feed('a', {}, { input: 'x' }), /no `x`/);
});
