import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { testContext } from '../../lib/testing/test_context.ts';
import avro from '../../operators/parser/avro.ts';
import { type Program, startProgram } from '../e2e/program.ts';
import { until } from '../e2e/waiting.ts';
import { ownFolder } from '../examples/running.ts';

/** Prints the records of container files, a line of JSON each. */
const script = `
import json, sys
from avro.datafile import DataFileReader
from avro.io import DatumReader
for path in sys.argv[1:]:
    with DataFileReader(open(path, 'rb'), DatumReader()) as reader:
        for record in reader:
            print(json.dumps(record))
`;

const schema = {
  type: 'record',
  name: 'Line',
  namespace: 'peer',
  fields: [
    { name: 'n', type: 'int' },
    { name: 'big', type: ['null', 'long'] },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['odd', 'even'] } },
    { name: 'marks', type: { type: 'map', values: { type: 'array', items: 'double' } } },
    { name: 'text', type: 'string', default: 'größer' },
    { name: 'at', type: 'long' },
  ],
};
const linesOfRun = 1000;

for (const { append, codec } of [
  { append: true, codec: 'null' },
  { append: true, codec: 'deflate' },
  { append: false, codec: 'deflate' },
]) {
  test(`python3-avro reads what output file wrote in many chunks and was killed at: append ${append}, codec ${codec}`, async (t) => {
    const folder = ownFolder(t);
    const config = join(folder, 'avro.conf');
    const log = join(folder, 'in.log');
    const out = join(folder, 'out');
    writeFileSync(join(folder, 'line.avsc'), JSON.stringify(schema, undefined, 2));
    writeFileSync(config, configuration(folder, append, codec));
    writeFileSync(log, '{"n":-1,"kind":"neither","marks":{}}\n');
    let program: Program | undefined;
    t.after(() => program?.kill());

    let written = 0;
    for (const isKilled of [true, true, false]) {
      program = startProgram(['run', '-c', config]);
      const before = recordsIn(out);
      for (const end = written + linesOfRun; written < end; written += 1) {
        appendFileSync(log, lineOf(written));
      }
      const enough = isKilled ? before + 1 : written;
      await until('not all is written', 30_000, () => recordsIn(out) >= enough);
      if (isKilled) await program.kill();
      else assert.equal(await program.stop(), 0, program.output());
    }

    const files = filesIn(out);
    assert(append ? files.length === 1 : files.length >= written / 100, files.join(' '));
    const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-c', script, ...files]);
    const read = stdout.split('\n').filter((line) => line !== '');
    const ordered = read.sort((one, other) => numberIn(one) - numberIn(other));
    assert.deepEqual(
      ordered.map((line) => line.replace(/, "at": \d{19}}$/, '')),
      Array.from({ length: written }, (_, n) => printed(n)),
    );
    assert.match(
      lettersIn(folder),
      /field `kind` does not fit the Avro schema: expected one of odd, even, got the text `neither`/,
    );
  });
}

function lineOf(n: number): string {
  const big = n % 3 === 0 ? '' : `"big":${bigOf(n)},`;
  return `{"n":${n},${big}"kind":"${kindOf(n)}","marks":{"m":[0.5,${n}]},"unknown":[]}\n`;
}

/** The same as Python prints it, without the time. */
function printed(n: number): string {
  const big = n % 3 === 0 ? 'null' : bigOf(n);
  return `{"n": ${n}, "big": ${big}, "kind": "${kindOf(n)}", "marks": {"m": [0.5, ${n}.0]}, "text": "gr\\u00f6\\u00dfer"`;
}

function bigOf(n: number): bigint {
  return 9_223_372_036_854_775_807n - BigInt(n);
}

function kindOf(n: number): string {
  return n % 2 === 0 ? 'even' : 'odd';
}

function numberIn(line: string): number {
  return Number(/"n": (\d+)/.exec(line)?.[1]);
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.avro'));
  return names.map((name) => join(folder, name));
}

const parser = testContext().make(avro({}));

/** How many records are in the files so far: none in one that is just being written to. */
function recordsIn(folder: string): number {
  let count = 0;
  for (const path of filesIn(folder)) {
    try {
      count += parser.parse(readFileSync(path))?.length ?? 0;
    } catch {}
  }
  return count;
}

/** All that lies in folders for dead letters. */
function lettersIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /dead/.test(entry.parentPath))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('');
}

function configuration(folder: string, append: boolean, codec: string): string {
  return `
<system>
  root_dir ${folder}/root
</system>
<source>
  @type tail
  path ${folder}/in.log
  pos_file ${folder}/in.pos
  tag peer
  read_from_head true
  <parse>
    @type json
  </parse>
</source>
<match peer>
  @type file
  path ${folder}/out/lines
  path_suffix .avro
  append ${append}
  <inject>
    time_key at
    time_type unixtime_nanos
  </inject>
  <format>
    @type avro
    schema_file ${folder}/line.avsc
    codec ${codec}
  </format>
  <buffer>
    @type file
    path ${folder}/buffer
    chunk_limit_records 100
    flush_mode interval
    flush_interval 200ms
  </buffer>
</match>
`;
}
