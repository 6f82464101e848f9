import assert from 'node:assert/strict';
import test from 'node:test';
import { ownFolder } from '../examples/running.ts';
import { measureStartUp } from './start_up.ts';

for (const state of ['queued', 'staged'] as const) {
  test(`thousands of ${state} chunks of a killed process are delivered with few open files`, async (t) => {
    const backlog = { chunks: 2000, framesAChunk: 2, eventsAFrame: 5, state };
    const { peak, exitCode } = await measureStartUp(ownFolder(t), backlog, (text) =>
      t.diagnostic(text),
    );
    assert(peak.openFiles < 400, `${peak.openFiles} open files`);
    assert.equal(exitCode, 0);
  });
}
