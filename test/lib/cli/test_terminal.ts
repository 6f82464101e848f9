import { Readable } from 'node:stream';
import type { Terminal } from '../../../lib/cli/terminal.ts';
import type { StandardStream } from '../../../lib/process/standard_stream.ts';

/** A terminal that remembers what was written to it. */
export interface TestTerminal extends Terminal {
  outText(): string;
  errText(): string;
}

/** A terminal whose standard input is `input`. */
export function testTerminal(input = '', isInteractive = false): TestTerminal {
  const out = remember();
  const err = remember();
  return {
    out: out.stream,
    err: err.stream,
    input: Readable.from([new TextEncoder().encode(input)]),
    isInteractive,
    outText: out.text,
    errText: err.text,
  };
}

function remember(): { stream: StandardStream; text: () => string } {
  const pieces: string[] = [];
  return {
    stream: {
      write(text) {
        pieces.push(String(text));
        return undefined;
      },
      dropped: 0,
      fault: undefined,
      drained: async () => {},
    },
    text: () => pieces.join(''),
  };
}
