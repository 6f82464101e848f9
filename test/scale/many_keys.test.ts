import assert from 'node:assert/strict';
import test from 'node:test';
import { ownFolder } from '../examples/running.ts';
import { measureKeys } from './many_keys.ts';

test('events of thousands of chunk keys are stored and delivered with few open files', async (t) => {
  const setup = { keys: 5000, rate: 2000, seconds: 2, durability: 'fsync' };
  const { acknowledged, mostOpenFiles, exitCode } = await measureKeys(ownFolder(t), setup, (text) =>
    t.diagnostic(text),
  );
  assert(acknowledged > 0);
  assert(mostOpenFiles < 400, `${mostOpenFiles} open files`);
  assert.equal(exitCode, 0);
});
