import { setImmediate, setTimeout } from 'node:timers/promises';

/** Requests to the file system, as the process names them. */
const fileRequest = /^(?:FSReq|FileHandleCloseReq|CloseReq)/;
/** Something that a test does not know of may read from a pipe for ever. */
const patienceMs = 5000;
/** Turns of the event loop that calls of `settled` wait for now: they do not wait for one another. */
let ownTurns = 0;

/**
 * Resolves when everything that can go on has done so: no promise, callback, or file request is left, and whoever
 * still waits does so for a timer, a socket or another process.
 */
export async function settled(): Promise<void> {
  const endMs = performance.now() + patienceMs;
  // One turn of the event loop runs all promises and ticks that there are, and those that they make.
  await turn();
  for (let turns = 1; isRunning() && performance.now() < endMs; turns += 1) {
    await (turns % 1000 === 0 ? setTimeout(1) : turn());
  }
}

async function turn(): Promise<void> {
  ownTurns += 1;
  await setImmediate();
  ownTurns -= 1;
}

function isRunning(): boolean {
  let foreignTurns = -ownTurns;
  for (const name of process.getActiveResourcesInfo()) {
    if (fileRequest.test(name)) return true;
    if (name === 'Immediate') foreignTurns += 1;
  }
  return foreignTurns > 0;
}
