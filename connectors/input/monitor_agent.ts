import type { IncomingMessage, ServerResponse } from 'node:http';
import { whenAborted } from '../../lib/clock.ts';
import { targetOf } from '../../lib/net/http_request.ts';
import { listenHttp } from '../../lib/net/http_server.ts';
import * as option from '../../lib/option/declare.ts';
import type { PluginContext, PluginStatus } from '../../lib/plugin/context.ts';
import type { Input } from '../../lib/plugin/contract.ts';
import { defineInput } from '../../lib/plugin/define.ts';

const stopGraceMs = 1000;
const keepaliveTimeoutMs = 10_000;

/** An answer: its content type and its text. */
type Page = readonly [contentType: string, text: string];

export default defineInput({
  type: 'monitor_agent',
  doc: 'Tells by HTTP how the process is, and emits nothing: `/metrics` for Prometheus, `/api/plugins.json`, `/api/agents.json` (what came of which agent: `millrace agents` reads it) and `/health`. It asks nobody who they are: by default only this machine is let in.',
  options: {
    port: option.integer({
      doc: 'TCP port to listen on; 0 is any free one.',
      default: 24220,
      min: 0,
      max: 65_535,
    }),
    bind: option.string({
      doc: 'Address to listen on. (Fluentd listens on all unless told otherwise.)',
      default: '127.0.0.1',
    }),
  },
  create({ bind, port }, context): Input {
    const pages: ReadonlyMap<string, () => Page> = new Map([
      ['/metrics', () => exposition(context)],
      ['/api/plugins.json', () => json({ plugins: context.statuses().map(pluginFields) })],
      ['/api/agents.json', () => json({ agents: context.fleet.report() })],
      ['/health', () => json({ status: 'ok' })],
    ]);
    return {
      async run(_emit, signal) {
        const listener = await listenHttp(
          { host: bind, port, bodyLimitBytes: 0, keepaliveTimeoutMs },
          (request, response) => answer(request, response, pages, context),
        );
        context.log.info('listening', { address: bind, port: listener.port });
        await whenAborted(signal);
        await listener.close(context.clock, stopGraceMs);
      },
    };
  },
});

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  pages: ReadonlyMap<string, () => Page>,
  { log }: PluginContext,
): void {
  request.resume();
  const { path } = targetOf(request);
  const page = pages.get(path);
  try {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, 405, ['text/plain', 'only GET is answered\n']);
    } else if (page === undefined) {
      send(response, 404, ['text/plain', `there are ${[...pages.keys()].join(', ')}\n`]);
    } else send(response, 200, page());
  } catch (error) {
    log.error('a request could not be answered', { path, error });
    send(response, 500, ['text/plain', '500 Internal Server Error\n']);
  }
}

function send(response: ServerResponse, status: number, [contentType, text]: Page): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

function exposition({ fleet, metrics }: PluginContext): Page {
  fleet.measure();
  return ['text/plain; version=0.0.4; charset=utf-8', metrics.expose()];
}

function json(value: unknown): Page {
  return ['application/json', `${JSON.stringify(value)}\n`];
}

/** With the names that those who watch Fluentd know. */
function pluginFields({ id, kind, type, buffer }: PluginStatus): object {
  return {
    plugin_id: id,
    plugin_category: kind,
    type,
    output_plugin: kind === 'output',
    ...(buffer !== undefined && {
      buffer_stage_length: buffer.stagedChunks,
      buffer_stage_byte_size: buffer.stagedBytes,
      buffer_queue_length: buffer.queuedChunks,
      buffer_queue_byte_size: buffer.queuedBytes,
      buffer_total_queued_size: buffer.stagedBytes + buffer.queuedBytes,
    }),
  };
}
