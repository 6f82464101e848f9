/**
 * Measures what an event costs while something grows: npm run bench:growth -- --out FOLDER
 *
 *     --axes tags,files,connections,records,backlog     default: all
 *     --events 400000          events a point, as far as the axis leaves the choice
 *     --backlog 1              GB of the largest backlog
 *     --out .                  where `growth.svg` goes
 *
 * Costs are CPU time of the process without its start, with `durability os`. In the plot every line is told in
 * times of its own smallest size: a flat line says that cost grows as the work does.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { textTable } from '../../lib/cli/text_table.ts';
import { type AxisPlace, growthAxes, idleTrial } from './growth_axes.ts';
import { startSink } from './peers/start.ts';
import { type ChartLine, svgChart } from './svg_chart.ts';
import { type Figures, measure, type Trial } from './trial.ts';

const { values } = parseArgs({
  options: {
    axes: { type: 'string' },
    events: { type: 'string', default: '400000' },
    backlog: { type: 'string', default: '1' },
    out: { type: 'string', default: '.' },
  },
});
const inputs = mkdtempSync(join(tmpdir(), 'millrace-growth-'));
const folder = join(inputs, 'trial');
const wanted = values.axes?.split(',');
const lines: ChartLine[] = [];
const table = [['axis', 'size', 'µs CPU/event', 'ms CPU/MB', 'events/s', 'peak MB']];
try {
  const idle = await run(idleTrial);
  for (const axis of growthAxes(Number(values.backlog))) {
    if (wanted?.includes(axis.name) === false) continue;
    const points: [number, number][] = [];
    for (const size of axis.sizes) {
      const figures = await run((place) => axis.prepare(size, place));
      const cpuSeconds = figures.cpuSeconds - idle.cpuSeconds;
      const anEvent = (cpuSeconds / figures.events) * 1e6;
      const aMegabyte = axis.isByBytes ? (anEvent / size) * 1e3 : undefined;
      points.push([size, aMegabyte ?? anEvent]);
      const row = [
        axis.name,
        `${size.toLocaleString('en')} ${axis.unit}`,
        anEvent.toFixed(2),
        aMegabyte?.toFixed(2) ?? '',
        String(Math.round(figures.events / figures.seconds)),
        String(Math.round(figures.peakBytes / 1e6)),
      ];
      table.push(row);
      console.error(row.join('  '));
    }
    const [[smallest, cost] = [1, 1]] = points;
    const each = axis.isByBytes ? 'MB' : 'event';
    lines.push({
      name: `${smallest.toLocaleString('en')} ${axis.unit} = 1, by ${each}`,
      points: points.map(([size, value]) => [size / smallest, value / cost]),
    });
  }
  process.stdout.write(textTable(table));
  mkdirSync(values.out, { recursive: true });
  const texts = {
    title: 'CPU time while something grows',
    places: 'size, in times of the smallest',
    values: 'cost, in times of that of the smallest',
  };
  writeFileSync(join(values.out, 'growth.svg'), svgChart(texts, lines));
} finally {
  rmSync(inputs, { recursive: true });
}

async function run(prepare: (place: AxisPlace) => Promise<Trial>): Promise<Figures> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const sink = await startSink();
  try {
    const events = Number(values.events);
    return await measure(await prepare({ folder, inputs, sink, events }));
  } finally {
    sink.stop();
  }
}
