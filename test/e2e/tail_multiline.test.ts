import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { type Program, startProgram } from './program.ts';
import { filesBelow } from './tally.ts';
import { until } from './waiting.ts';

const kills = 4;
const eventsARound = 50;

test('events of several lines arrive whole and once, though the process is killed while one is open', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tail_multiline-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ['log', 'out']) mkdirSync(join(folder, name));
  const log = join(folder, 'log/app.log');
  const config = join(folder, 'tail_multiline.conf');
  writeFileSync(config, configText(folder));

  let written = 0;
  let program: Program = startProgram(['run', '-c', config]);
  for (let round = 1; round <= kills; round += 1) {
    const whole = Array.from({ length: eventsARound }, (_, index) => eventOf(written + index + 1));
    written += eventsARound + 1;
    const open = eventOf(written);
    const half = open.indexOf('\n', open.length / 2) + 1;
    appendFileSync(log, whole.join('') + open.slice(0, half));
    await until(`event ${written - 1} has not arrived`, 60_000, () => {
      return eventsIn(folder).includes(eventOf(written - 1));
    });
    await program.kill();
    if (round % 2 === 0) program = startProgram(['run', '-c', config]);
    let place = log;
    if (round > 2) {
      place = `${log}.${round}`;
      renameSync(log, place);
    }
    appendFileSync(place, open.slice(half));
    if (round % 2 === 1) program = startProgram(['run', '-c', config]);
  }
  appendFileSync(log, eventOf(written + 1));
  await until('not all events have arrived', 60_000, () => eventsIn(folder).length >= written);
  const code = await program.stop();
  assert.equal(code, 0, program.output());

  const expected = Array.from({ length: written }, (_, index) => eventOf(index + 1));
  assert.deepEqual(eventsIn(folder).sort(), expected.sort());
});

function eventOf(number: number): string {
  const trace = Array.from({ length: 3 }, (_, line) => `  at step ${line} of ${number}\n`);
  return `>${number} failed\n${trace.join('')}`;
}

function eventsIn(folder: string): string[] {
  const lines = filesBelow(join(folder, 'out')).flatMap((path) =>
    readFileSync(path, 'utf8').split('\n').slice(0, -1),
  );
  return lines.map((line) => `${JSON.parse(line).text}\n`);
}

/** The last event of the log is open for longer than the test takes: it must not arrive. */
function configText(folder: string): string {
  return `
<source>
  @type tail
  @id log
  tag app
  path ${folder}/log/app.log
  pos_file ${folder}/app.pos
  read_from_head true
  refresh_interval 200ms
  rotate_wait 1s
  multiline_flush_interval 10m
  <parse>
    @type multiline
    format_firstline /^>\\d/
    format1 /^(?<text>>.*)/
  </parse>
</source>

<match app>
  @type file
  @id out
  path ${folder}/out/app
  append true
  <format>
    @type json
  </format>
  <buffer>
    @type file
    path ${folder}/buffer
    flush_mode interval
    flush_interval 100ms
  </buffer>
</match>
`;
}
