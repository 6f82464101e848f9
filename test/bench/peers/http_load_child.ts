/** A client that posts the lines of a file as JSON arrays, over a few connections that stay open. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import type { HttpLoad } from './setup.ts';
import { startSignal } from './signal.ts';

const load: HttpLoad = JSON.parse(process.argv[2] ?? '');
const lines = readFileSync(load.input, 'latin1').split('\n').slice(0, -1);
const agent = new Agent({ keepAlive: true, maxSockets: load.connections });

await startSignal();
await Promise.all(Array.from({ length: load.connections }, (_, index) => run(index)));
agent.destroy();

async function run(connection: number): Promise<void> {
  const step = load.eventsARequest * load.connections;
  for (let from = connection * load.eventsARequest; from < lines.length; from += step) {
    const body = `[${lines.slice(from, from + load.eventsARequest).join(',')}]`;
    const post = request({
      agent,
      host: '127.0.0.1',
      port: load.port,
      path: '/a.b',
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    });
    post.end(body);
    const [response] = await once(post, 'response');
    if (response.statusCode !== 200) throw new Error(`answered with ${response.statusCode}`);
    response.resume();
    await once(response, 'end');
  }
}
