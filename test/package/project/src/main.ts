import { accessLog } from './access_log.js';

const [, , folder = '.'] = process.argv;
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

await using running = await accessLog(folder).run({ signal: stop.signal });
await running.finished;
await running.flush();
console.log(JSON.stringify(running.stats()));
