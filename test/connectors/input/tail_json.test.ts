import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { systemClock } from '../../../lib/clock.ts';
import { compile } from '../../../lib/config/compile.ts';
import { parseConfig } from '../../../lib/config/parse.ts';
import { openPipeline } from '../../../lib/graph/pipeline.ts';
import { createLog } from '../../../lib/log.ts';
import { MetricRegistry } from '../../../lib/metric/metric.ts';
import { Catalog } from '../../../lib/plugin/catalog.ts';
import { nastyLines } from '../../lib/codec/json_line_cases.ts';

const usualLines = 3000;

function configOf(folder: string): string {
  const pipeline = (tag: string, filters: string): string => `
    <source>
      @type tail
      path ${folder}/in.log
      pos_file ${folder}/${tag}.pos
      read_from_head true
      tag ${tag}
      <parse>
        @type json
      </parse>
    </source>
    ${filters}
    <filter ${tag}>
      @type record_transformer
      <record>
        hostname web-01
        labels {"a":[1,"é"]}
      </record>
    </filter>
    <match ${tag}>
      @type file
      @id ${tag}
      path ${folder}/${tag}
      append true
      <format>
        @type json
      </format>
      <buffer>
        @type memory
        flush_mode immediate
      </buffer>
    </match>`;
  // A filter that looks at records: they must be decoded for it.
  const looking = `
    <filter slow>
      @type grep
      <exclude>
        key there_is_none
        pattern /./
      </exclude>
    </filter>`;
  return pipeline('fast', '') + pipeline('slow', looking);
}

test('lines of JSON come out the same whether they are decoded on the way or not', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tail-json-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const lines = nastyLines.filter((line) => !line.includes('['));
  for (let index = 0; index < usualLines; index += 1) {
    const time = 1_700_000_000 + index / 4;
    const message = 'x'.repeat(index % 200);
    lines.push(Buffer.from(JSON.stringify({ host: `h${index % 7}`, time, message, index })));
  }
  writeFileSync(
    join(folder, 'in.log'),
    Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])),
  );
  const { root, faults } = parseConfig(configOf(folder), 'app.conf', {
    env: {},
    hostname: 'localhost',
    workerId: 0,
    readFile: () => '',
    glob: () => [],
  });
  const { plan, faults: more } = await compile(root, { catalog: new Catalog() });
  assert.deepEqual([...faults, ...more], []);
  assert(plan !== undefined);
  const metrics = new MetricRegistry();
  const pipeline = await openPipeline(plan, {
    clock: systemClock,
    log: createLog(() => undefined, 'error'),
    metrics,
    hostname: 'localhost',
    workerId: 0,
    random: () => 0.5,
    timeZone: 'UTC',
    print: () => undefined,
  });
  pipeline.start();
  const isOver = (tag: string): boolean =>
    filesOf(folder, tag).some(([, content]) => content.includes(`"index":${usualLines - 1},`));
  while (!isOver('fast') || !isOver('slow')) await new Promise((resolve) => setImmediate(resolve));
  await pipeline.stop();
  const files = filesOf(folder, 'fast');
  assert.deepEqual(files, filesOf(folder, 'slow'));
  const count = files.reduce((sum, [, content]) => sum + content.split('\n').length - 1, 0);
  assert(files.length > 1 && count > usualLines + 100);
});

/** The files of a tag: the rest of their names, which are their days, and what is in them. */
function filesOf(folder: string, tag: string): (readonly [day: string, content: string])[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${tag}.`) && name.endsWith('.log'))
    .sort()
    .map((name) => [name.slice(tag.length), readFileSync(join(folder, name), 'latin1')]);
}
