/** A line of a chart: from left to right, with places above 0. */
export interface ChartLine {
  readonly name: string;
  readonly points: readonly (readonly [place: number, value: number])[];
}

/** What stands around the lines. */
export interface ChartText {
  readonly title: string;
  readonly places: string;
  readonly values: string;
}

const width = 760;
const height = 420;
const left = 60;
const right = 560;
const top = 40;
const bottom = 370;
/** Told apart by people who see few colours. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** An SVG picture of lines over a logarithmic axis of places, and over values from 0. */
export function svgChart(
  { title, places, values }: ChartText,
  lines: readonly ChartLine[],
): string {
  const points = lines.flatMap((line) => line.points);
  const firstDecade = Math.floor(Math.log10(Math.min(...points.map(([place]) => place))));
  const lastDecade = Math.ceil(Math.log10(Math.max(...points.map(([place]) => place))));
  const decades = Math.max(1, lastDecade - firstDecade);
  const step = tickStep(Math.max(...points.map(([, value]) => value)));
  const steps = Math.max(1, Math.ceil(Math.max(...points.map(([, value]) => value)) / step));
  const xOf = (place: number): number =>
    round(left + ((Math.log10(place) - firstDecade) / decades) * (right - left));
  const yOf = (value: number): number => round(bottom - (value / (steps * step)) * (bottom - top));
  const columns = Array.from({ length: decades + 1 }, (_, index) => 10 ** (firstDecade + index));
  const rows = Array.from({ length: steps + 1 }, (_, index) => index * step);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(left, 22, title, 'start', 'font-size="15"'),
    ...columns.flatMap((place) => [
      grid(xOf(place), top, xOf(place), bottom),
      text(xOf(place), bottom + 16, place.toLocaleString('en'), 'middle'),
    ]),
    ...rows.flatMap((value) => [
      grid(left, yOf(value), right, yOf(value)),
      text(left - 6, yOf(value) + 4, String(round(value)), 'end'),
    ]),
    text((left + right) / 2, bottom + 38, places, 'middle'),
    text(0, 0, values, 'middle', `transform="translate(16 ${(top + bottom) / 2}) rotate(-90)"`),
    ...lines.flatMap((line, index) => drawn(line, index, xOf, yOf)),
    '</svg>',
  ].join('\n')}\n`;
}

/** 1, 2 or 5 times a power of ten, so that there are at most ten ticks. */
function tickStep(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return [0.1, 0.2, 0.5].map((part) => part * power).find((step) => most / step <= 10) ?? power;
}

function drawn(
  { name, points }: ChartLine,
  index: number,
  xOf: (place: number) => number,
  yOf: (value: number) => number,
): string[] {
  const colour = colours[index % colours.length];
  const corners = points.map(([place, value]) => `${xOf(place)},${yOf(value)}`);
  const y = top + 10 + index * 22;
  return [
    `<polyline points="${corners.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map(
      ([place, value]) => `<circle cx="${xOf(place)}" cy="${yOf(value)}" r="3" fill="${colour}"/>`,
    ),
    `<path d="M${right + 14} ${y}h20" stroke="${colour}" stroke-width="2"/>`,
    text(right + 40, y + 4, name, 'start'),
  ];
}

function grid(x1: number, y1: number, x2: number, y2: number): string {
  return `<path d="M${x1} ${y1}L${x2} ${y2}" stroke="#ddd"/>`;
}

function text(x: number, y: number, words: string, anchor: string, more = ''): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" ${more}>${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
