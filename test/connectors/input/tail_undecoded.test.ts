import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { systemClock } from '../../../lib/clock.ts';
import { testPipeline } from '../../../lib/testing/test_pipeline.ts';
import { until } from '../../e2e/waiting.ts';

const end = '9.9.9.9 - - [14/Nov/2023:22:13:29 +0000] "GET /the-end HTTP/1.1" 200 1 "-" "x"\n';

/** A log of lines as servers write them, and some that are odd, broken or not UTF-8. */
function accessLog(): Buffer {
  const lines: Buffer[] = [];
  for (let index = 0; index < 3000; index += 1) {
    const head = `10.0.${index & 255}.1 - ${index % 9 ? '-' : 'eve'} [14/Nov/2023:22:13:${10 + (index % 40)} +0000]`;
    const request = index % 11 ? `GET /a/${index}?b=\u20ac HTTP/1.1` : 'GET';
    const agents = ['Browser (x) [y]', 'a\\b\tc', '-', 'a\\"b'];
    const rest = index % 5 ? ` "-" "${agents[index % 4]}"` : '';
    const line = Buffer.from(`${head} "${request}" ${index % 7 ? 200 : '-'} ${index}${rest}`);
    lines.push(
      index % 23 ? line : Buffer.concat([line.subarray(0, -1), Buffer.from([0xff, 0x22])]),
    );
    if (index % 50 === 0) lines.push(Buffer.from('no "such" line'));
  }
  return Buffer.from(
    `${lines.map((line) => line.toString('latin1')).join('\n')}\n${end}`,
    'latin1',
  );
}

/** What a pipeline from a tailed log to a file writes. */
async function written(folder: string, source: string, parse: string): Promise<Buffer> {
  const out = join(folder, `out-${readdirSync(folder).length}`);
  const run = await testPipeline(
    `<source>
  @type tail
  @id in
  path ${join(folder, 'access.log')}
  read_from_head true
  tag web
  ${source}
  <parse>
    ${parse}
  </parse>
</source>
<filter **>
  @type record_transformer
  <record>
    hostname web-01
  </record>
</filter>
<match **>
  @type file
  @id out
  path ${join(out, 'log')}
  append true
  <format>
    @type json
  </format>
  <buffer>
    @type memory
    flush_mode immediate
  </buffer>
</match>`,
    { keep: ['in', 'out'], clock: systemClock },
  );
  const content = (): Buffer => {
    if (!existsSync(out)) return Buffer.alloc(0);
    return Buffer.concat(readdirSync(out).map((name) => readFileSync(join(out, name))));
  };
  await until('the last line is not there', 30_000, () => content().includes('/the-end'));
  await run.stop();
  return content();
}

/** Parsers, and what makes them read the same lines in the plain way. */
const ways = [
  { type: 'nginx', plainSource: '', plainParse: 'types remote:string' },
  { type: 'apache2', plainSource: '', plainParse: 'types host:string' },
  { type: 'none', plainSource: 'emit_unmatched_lines true', plainParse: '' },
];

for (const { type, plainSource, plainParse } of ways) {
  test(`${type}: a file has the same bytes, whether its lines were decoded or not`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-undecoded-'));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'access.log'), accessLog());
    const parse = `@type ${type}\n    `;
    const copied = await written(folder, '', parse);
    const plain = await written(folder, plainSource, parse + plainParse);
    assert(copied.length > 300_000);
    assert(copied.equals(plain));
  });
}
