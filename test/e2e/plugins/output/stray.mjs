import { defineOutput } from 'millrace';

/** An output of a careless author: each chunk leaves an error behind that nobody catches. */
export default defineOutput({
  type: 'stray',
  doc: 'Prints records, and forgets a promise and a timer that fail.',
  options: {},
  create: (_options, { print }) => ({
    async write(chunk) {
      for await (const entries of chunk.entries()) {
        for (const { record } of entries) print(`took ${JSON.stringify(record)}\n`);
      }
      Promise.reject(new Error('a forgotten promise'));
      setImmediate(() => {
        throw new Error('a forgotten callback');
      });
    },
  }),
});
