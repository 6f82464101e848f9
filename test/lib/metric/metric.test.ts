import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../../lib/error.ts';
import { instrumentsOf, MetricRegistry } from '../../../lib/metric/metric.ts';

test('the same name and labels give the same instrument, in whatever order the labels stand', () => {
  const metrics = new MetricRegistry();
  metrics.counter('events_total', 'Events.', { input: 'a', label: '@ROOT' }).add(2);
  metrics.counter('events_total', 'Events.', { label: '@ROOT', input: 'a' }).add();
  assert.equal(metrics.read('events_total', { input: 'a', label: '@ROOT' }), 3);
});

test('other labels give another instrument, also when their names differ', () => {
  const metrics = new MetricRegistry();
  metrics.gauge('size', 'Bytes.').set(1);
  metrics.gauge('size', 'Bytes.', { output: 'a' }).set(2);
  metrics.gauge('size', 'Bytes.', { output: 'a', store: 'file' }).set(3);
  assert.equal(metrics.read('size'), 1);
  assert.equal(metrics.read('size', { output: 'a' }), 2);
  assert.equal(metrics.read('size', { output: 'a', store: 'file' }), 3);
  assert.equal(metrics.read('size', { output: 'b' }), undefined);
  assert.equal(metrics.read('other'), undefined);
});

test('a gauge goes up and down', () => {
  const gauge = new MetricRegistry().gauge('size', 'Bytes.');
  gauge.set(10);
  gauge.add(-3);
  assert.equal(gauge.value, 7);
});

test('nothing is exposed as nothing', () => {
  assert.equal(new MetricRegistry().expose(), '');
});

test('the exposition gives help and type once, then each series', () => {
  const metrics = new MetricRegistry();
  metrics.counter('events_total', 'Events taken in.', { input: 'b' }).add(2);
  metrics.gauge('size', 'Bytes.').set(0.5);
  metrics.counter('events_total', 'Events taken in.', { input: 'a' });
  assert.equal(
    metrics.expose(),
    `# HELP events_total Events taken in.
# TYPE events_total counter
events_total{input="b"} 2
events_total{input="a"} 0
# HELP size Bytes.
# TYPE size gauge
size 0.5
`,
  );
});

test('what cannot stand in a line of the exposition is escaped', () => {
  const metrics = new MetricRegistry();
  metrics.counter('a', 'back\\slash and\nline "break"', { path: 'C:\\n "x"\n' });
  assert.equal(
    metrics.expose(),
    '# HELP a back\\\\slash and\\nline "break"\n# TYPE a counter\na{path="C:\\\\n \\"x\\"\\n"} 0\n',
  );
});

test('infinite values are printed as Prometheus reads them', () => {
  const metrics = new MetricRegistry();
  for (const value of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1e21]) {
    metrics.gauge('g', 'G.', { value: String(value) }).set(value);
  }
  const values = metrics.expose().match(/(?<=} ).*$/gm);
  assert.deepEqual(values, ['+Inf', '-Inf', 'NaN', '1e+21']);
});

test('a name that Prometheus cannot read is refused, and so is a second type for a name', () => {
  const metrics = new MetricRegistry();
  const refuses = (run: () => void, message: RegExp): void =>
    assert.throws(run, (error) => {
      assert(error instanceof MillraceError && error.code === 'MR_PLUGIN');
      assert.match(error.message, message);
      return true;
    });
  refuses(() => metrics.counter('my-metric', 'M.'), /`my-metric` is no name/);
  refuses(() => metrics.counter('ok', 'M.', { 'a b': 'x' }), /`a b` is no name/);
  metrics.gauge('size', 'Bytes.');
  refuses(() => metrics.counter('size', 'Bytes.'), /`size` is a gauge, not a counter/);
});

test('series with different label values are never taken for one another', () => {
  const values = fc.record({ a: fc.string(), b: fc.string() });
  fc.assert(
    fc.property(
      fc.uniqueArray(values, { selector: ({ a, b }) => JSON.stringify([a, b]) }),
      (all) => {
        const metrics = new MetricRegistry();
        for (const [index, labels] of all.entries()) metrics.gauge('g', 'G.', labels).set(index);
        for (const [index, labels] of all.entries()) assert.equal(metrics.read('g', labels), index);
        const lines = metrics.expose().split('\n');
        assert.equal(lines.length, all.length === 0 ? 1 : all.length + 3);
      },
    ),
  );
});

test('instruments of one thing share the begin of their names and their labels', () => {
  const metrics = new MetricRegistry();
  const { counter, gauge } = instrumentsOf(metrics, 'tap_', { input: 'a' });
  counter('drops_total', 'Drops.').add(2);
  gauge('level', 'Level.').set(5);
  assert.equal(metrics.read('tap_drops_total', { input: 'a' }), 2);
  assert.equal(metrics.read('tap_level', { input: 'a' }), 5);
});
