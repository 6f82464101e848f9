/** Works through a share of a file in a process of its own: share_child.ts WORK INPUT OUTPUT SHARE SHARES */
import { openSync, writeSync } from 'node:fs';
import { linesOf } from './blocks.ts';
import { works } from './work.ts';

const [name = '', input = '', output = '', share, shares] = process.argv.slice(2);
const work = works[name]?.begin();
if (work === undefined) throw new Error(`there is no work ${name}`);
const out = openSync(output, 'w');
// It tells when it is ready, and begins when it is told to.
process.send?.('ready');
process.once('message', () => {
  for (const lines of linesOf(input, Number(share), Number(shares))) writeSync(out, work(lines));
  process.disconnect();
});
