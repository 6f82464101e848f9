import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { defineOutput, option } from 'millrace';

/** An output as a user writes it in JavaScript: it takes ten events a second until a certain file exists. */
export default defineOutput({
  type: 'slow',
  doc: 'Appends records as JSON lines, ten a second until the file `fast_when` exists.',
  options: {
    path: option.string({ doc: 'The file.', required: true }),
    fastWhen: option.string({
      doc: 'A file whose existence makes the output fast.',
      required: true,
    }),
  },
  create: ({ path, fastWhen }) => ({
    async write(chunk, signal) {
      let text = '';
      for await (const entries of chunk.entries()) {
        for (const { record } of entries) {
          if (!existsSync(fastWhen)) await wait(100, undefined, { signal });
          text += `${JSON.stringify(record)}\n`;
        }
      }
      appendFileSync(path, text);
    },
  }),
});
