import assert from 'node:assert/strict';
import test from 'node:test';
import { attribute } from '../../../lib/process/attribution.ts';

/** An error whose stack goes through these files, innermost first. */
function thrownIn(...files: string[]): Error {
  const error = new Error('stray');
  const frames = files.map((file) => `    at run (${file}:12:34)`);
  error.stack = ['Error: stray', ...frames, '    at node:internal/timers:1:2'].join('\n');
  return error;
}

const core = new URL('../../../lib/graph/junction.ts', import.meta.url).href;

test('blames the plugin whose code threw, wherever its folder lies', () => {
  assert.deepEqual(attribute(thrownIn('/srv/plugins/output/slow.mjs')), {
    file: '/srv/plugins/output/slow.mjs',
    plugin: 'slow',
    isCore: false,
  });
  assert.equal(attribute(thrownIn('file:///srv/a%20b/input/mine.js')).plugin, 'mine');
});

test('blames the plugin and not the package that it called', () => {
  const error = thrownIn('/srv/node_modules/pg/lib/client.js', '/srv/plugins/output/pg.js', core);
  assert.deepEqual(attribute(error), {
    file: '/srv/node_modules/pg/lib/client.js',
    plugin: 'pg',
    isCore: false,
  });
});

test('only a throw in the core itself, with no plugin around it, is the core’s', () => {
  assert.equal(attribute(thrownIn(core)).isCore, true);
  assert.equal(attribute(thrownIn('/srv/plugins/output/slow.js', core)).isCore, false);
  assert.equal(attribute(thrownIn('/srv/node_modules/pg/lib/client.js', core)).isCore, false);
});

test('a stack of a real error is read', () => {
  assert.match(attribute(new Error('here')).file ?? '', /attribution\.test\.ts$/);
});

test('an error without a stack is nobody’s', () => {
  const error = new Error('bare');
  delete error.stack;
  assert.deepEqual(attribute(error), { file: undefined, plugin: undefined, isCore: false });
});
