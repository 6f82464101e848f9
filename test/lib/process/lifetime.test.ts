import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import test from 'node:test';
import { createLog } from '../../../lib/log.ts';
import { type Runnable, runLifetime } from '../../../lib/process/lifetime.ts';

/** A run whose every step is told on `steps`, and whose stop waits until it is let go. */
function scene(own: Partial<Runnable> = {}) {
  const steps = new EventEmitter();
  const seen: string[] = [];
  const note = (step: string): void => {
    seen.push(step);
    steps.emit(step);
  };
  let letGo = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const outside = new EventEmitter();
  const runnable: Runnable = {
    start: () => note('start'),
    finished: new Promise(() => {}),
    flush: async () => note('flush'),
    stop: () => {
      note('stop');
      return stopped;
    },
    ...own,
  };
  const log = createLog(({ level, message, fields }) => {
    note(`${level}: ${message}${'plugin' in fields ? ` (${fields['plugin']})` : ''}`);
  });
  const code = runLifetime({ open: async () => runnable, outside, log });
  return { code, seen, steps, outside, letGo };
}

test('stops cleanly on TERM and exits 0', async () => {
  const { code, seen, steps, outside, letGo } = scene();
  await once(steps, 'start');
  outside.emit('SIGTERM');
  await once(steps, 'stop');
  letGo();
  assert.equal(await code, 0);
  assert.deepEqual(seen.at(-1), 'info: stopped');
  assert.deepEqual(outside.eventNames(), []);
});

test('a second signal ends at once with 1, even while the first one stops', async () => {
  const { code, steps, outside } = scene();
  await once(steps, 'start');
  outside.emit('SIGINT');
  await once(steps, 'stop');
  outside.emit('SIGTERM');
  assert.equal(await code, 1);
});

test('a signal that comes while the outputs open stops once they are open', async () => {
  const { code, seen, outside, letGo } = scene();
  outside.emit('SIGTERM');
  letGo();
  assert.equal(await code, 0);
  assert(seen.includes('stop'));
});

test('stops by itself when the inputs have ended', async () => {
  const { code, letGo } = scene({ finished: Promise.resolve() });
  letGo();
  assert.equal(await code, 0);
});

test('USR1 flushes, HUP and USR2 are only mentioned, and all leave the run alone', async () => {
  const { code, seen, steps, outside, letGo } = scene();
  await once(steps, 'start');
  outside.emit('SIGUSR1');
  outside.emit('SIGHUP');
  outside.emit('SIGUSR2');
  assert(seen.includes('flush'));
  assert(seen.some((step) => step.startsWith('warn: SIGHUP')));
  assert(seen.some((step) => step.startsWith('warn: SIGUSR2')));
  assert(!seen.includes('stop'));
  outside.emit('SIGTERM');
  letGo();
  assert.equal(await code, 0);
});

test('a flush that fails is logged and harms nothing', async () => {
  const { code, steps, outside, letGo } = scene({ flush: () => Promise.reject(new Error('full')) });
  await once(steps, 'start');
  outside.emit('SIGUSR1');
  await once(steps, 'error: the flush failed');
  outside.emit('SIGTERM');
  letGo();
  assert.equal(await code, 0);
});

test('a pipeline that cannot stop exits 1 and says why', async () => {
  const { code, seen, outside } = scene({ stop: () => Promise.reject(new Error('stuck')) });
  outside.emit('SIGTERM');
  assert.equal(await code, 1);
  assert(seen.includes('fatal: the pipeline failed'));
});

test('a stray rejection is logged and the run lives on', async () => {
  const { code, seen, steps, outside, letGo } = scene();
  await once(steps, 'start');
  outside.emit('unhandledRejection', new Error('nobody waited'));
  outside.emit('unhandledRejection', 'not even an error');
  assert.equal(seen.filter((step) => step.startsWith('error: a promise')).length, 2);
  outside.emit('SIGTERM');
  letGo();
  assert.equal(await code, 0);
});

test('an uncaught error in a plugin names the plugin and the run lives on', async () => {
  const { code, seen, steps, outside, letGo } = scene();
  await once(steps, 'start');
  const error = new Error('in a timer');
  error.stack = 'Error: in a timer\n    at Timeout._onTimeout (/srv/plugins/output/slow.js:3:9)';
  outside.emit('uncaughtException', error);
  assert(seen.includes('error: an error was thrown and nobody caught it (slow)'));
  outside.emit('SIGTERM');
  letGo();
  assert.equal(await code, 0);
});

test('an uncaught error of the core itself ends the run at once with 1', async () => {
  const { code, steps, outside } = scene();
  await once(steps, 'start');
  const error = new Error('broken state');
  const core = new URL('../../../lib/graph/junction.ts', import.meta.url).href;
  error.stack = `Error: broken state\n    at emit (${core}:3:9)\n    at node:internal/timers:1:2`;
  outside.emit('uncaughtException', error);
  assert.equal(await code, 1);
});

test('an uncaught system error, a reset socket, ends nothing', async () => {
  const { code, steps, outside, letGo } = scene();
  await once(steps, 'start');
  outside.emit('uncaughtException', Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  outside.emit('SIGTERM');
  letGo();
  assert.equal(await code, 0);
});
