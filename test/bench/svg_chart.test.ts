import assert from 'node:assert/strict';
import test from 'node:test';
import { svgChart } from './svg_chart.ts';

const texts = { title: 'cost <of> & all', places: 'times', values: 'cost' };

/** Where the circles of a chart are. */
function circlesOf(svg: string): number[][] {
  return [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
}

test('each decade is equally wide, and values grow upwards from 0', () => {
  const points = [
    [1, 0],
    [10, 1],
    [100, 2],
  ] as const;
  const [first, second, third] = circlesOf(svgChart(texts, [{ name: 'a', points }]));
  assert.deepEqual(first, [60, 370]);
  assert.deepEqual(second, [310, 205]);
  assert.deepEqual(third, [560, 40]);
});

test('every line has its name and a colour of its own, and text is escaped', () => {
  const line = (name: string) => ({
    name,
    points: [
      [1, 1],
      [1000, 1],
    ] as const,
  });
  const svg = svgChart(texts, [line('tags'), line('files')]);
  assert.match(svg, />tags<[\s\S]*>files</);
  assert.equal(
    new Set([...svg.matchAll(/polyline.*stroke="(#\w+)"/g)].map(([, it]) => it)).size,
    2,
  );
  assert.match(svg, />cost &lt;of> &amp; all</);
});
