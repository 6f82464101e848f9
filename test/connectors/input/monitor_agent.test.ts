import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import monitorAgent from '../../../connectors/input/monitor_agent.ts';
import type { PluginStatus } from '../../../lib/plugin/context.ts';
import { inputLaws } from '../../../lib/testing/laws/input_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import { agentOf, stampOf } from '../../lib/fleet/fleet_rig.ts';

inputLaws(monitorAgent, { port: 0 }, { test, emitsNothing: true });

async function started(context: TestContext) {
  const statuses: PluginStatus[] = [
    { id: 'in', kind: 'input', type: 'tail', buffer: undefined },
    {
      id: 'out',
      kind: 'output',
      type: 'file',
      buffer: { stagedChunks: 1, stagedBytes: 10, queuedChunks: 2, queuedBytes: 30 },
    },
  ];
  const own = testContext({ statuses: () => statuses });
  const { plugin, options } = monitorAgent({ port: 0 });
  const abort = new AbortController();
  const running = plugin.create(options, own).run(async () => {}, abort.signal);
  context.after(async () => {
    abort.abort();
    await running;
  });
  const { fields } = await own.logged('listening');
  const get = (path: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${fields['port']}${path}`, { method });
  return { get, own };
}

test('metrics are told as Prometheus reads them', async (context) => {
  const { get, own } = await started(context);
  own.metrics.counter('mill_turns_total', 'Turns.').add(3);
  const response = await get('/metrics');
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(await response.text(), /^mill_turns_total 3$/m);
});

test('plugins are told with their buffers, by the names of Fluentd', async (context) => {
  const { get } = await started(context);
  const response = await get('/api/plugins.json');
  assert.deepEqual(await response.json(), {
    plugins: [
      { plugin_id: 'in', plugin_category: 'input', type: 'tail', output_plugin: false },
      {
        ...{ plugin_id: 'out', plugin_category: 'output', type: 'file', output_plugin: true },
        ...{ buffer_stage_length: 1, buffer_stage_byte_size: 10 },
        ...{ buffer_queue_length: 2, buffer_queue_byte_size: 30, buffer_total_queued_size: 40 },
      },
    ],
  });
});

test('agents are told with what is missing of them', async (context) => {
  const { get, own } = await started(context);
  for (const chunk of [0, 2]) own.fleet.stored(stampOf(agentOf('web-1'), chunk), 5, '192.0.2.1');
  const body: unknown = await (await get('/api/agents.json')).json();
  assert.deepEqual(body, { agents: JSON.parse(JSON.stringify(own.fleet.report())) });
  assert.equal(own.fleet.report()[0]?.missingChunks, 1);
});

test('another path and another method are refused with what there is', async (context) => {
  const { get } = await started(context);
  const unknown = await get('/nothing');
  assert.deepEqual([unknown.status, /\/metrics/.test(await unknown.text())], [404, true]);
  assert.equal((await get('/metrics', 'POST')).status, 405);
  assert.equal((await get('/health')).status, 200);
});
