import { setFlagsFromString } from 'node:v8';

/** Bytes of a function's bytecode that must run before it is compiled; V8 11 takes 66 KiB. */
const budgetBytes = 1_000_000;

/**
 * Has the just-in-time compiler wait until a function is known to be busy. A pipeline has a few loops that take most
 * of its time, and a hundred functions that run once a batch: compiling these at once took a sixth of the work of a
 * relay's first seconds. Later versions than Node 20 have a quicker compiler for them.
 */
export function compileLate(): void {
  if (process.versions.v8.startsWith('11.'))
    setFlagsFromString(`--interrupt-budget=${budgetBytes}`);
}
