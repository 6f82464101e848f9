import assert from 'node:assert/strict';
import { entriesBatch } from '../../lib/codec/batch.ts';
import { parseConfig } from '../../lib/config/parse.ts';
import { EventTime } from '../../lib/event/time.ts';
import { ErrorExit } from '../../lib/graph/error_exit.ts';
import { Junction, type JunctionRule } from '../../lib/graph/junction.ts';
import { silentLog } from '../../lib/log.ts';
import { MetricRegistry } from '../../lib/metric/metric.ts';
import type { Adaptor } from './adaptor.ts';

interface RoutingInput {
  readonly config: readonly { readonly kind: 'filter' | 'match'; readonly pattern: string }[];
  readonly tags: readonly string[];
}

interface Routed {
  readonly tag: string;
  readonly filters: readonly number[];
  readonly output: number | null;
}

/** Writes the rules as a configuration, and sends one event of each tag through the junction that it gives. */
const routing: Adaptor = (golden) => {
  const input = golden.in as unknown as RoutingInput;
  if (golden.error === undefined) assert.deepEqual(route(input), golden.out);
  else assert.throws(() => route(input));
};

export default routing;

function route({ config, tags }: RoutingInput): Routed[] {
  const text = config.map(({ kind, pattern }) => `<${kind} ${pattern}>\n</${kind}>\n`).join('');
  const { root, faults } = parseConfig(text, 'golden.conf', {
    env: {},
    hostname: 'localhost',
    workerId: 0,
    readFile: () => '',
    glob: () => [],
  });
  if (faults[0] !== undefined) throw faults[0];
  let filters: number[] = [];
  let output: number | null = null;
  const metrics = new MetricRegistry();
  const count = metrics.counter('golden', 'For the golden cases.');
  const rules = root.elements.map((element, index): JunctionRule => {
    const pattern = element.arg === '' ? '**' : element.arg;
    if (element.name === 'match') {
      const offer = (): undefined => {
        output = index;
      };
      return { form: 'match', pattern, door: { offer } };
    }
    const filter = <T>(entry: T): T => {
      filters.push(index);
      return entry;
    };
    return { form: 'filter', pattern, stage: { id: '', filter, dropped: count, failed: count } };
  });
  const lastResort = { keep: async () => {} };
  const errors = new ErrorExit({ door: undefined, lastResort, log: silentLog, errors: count });
  const junction = new Junction({
    label: '@ROOT',
    rules,
    errors,
    log: silentLog,
    unmatched: count,
  });
  return tags.map((tag) => {
    filters = [];
    output = null;
    junction.offer(entriesBatch(tag, [{ time: new EventTime(0, 0), record: {} }]));
    return { tag, filters, output };
  });
}
