import { boolean, string } from '../../../../../lib/option/declare.ts';
import { defineOutput } from '../../../../../lib/plugin/define.ts';
import { collected } from '../collected.ts';

export default defineOutput({
  type: 'keep',
  doc: 'Keeps what it is given where the test can see it.',
  options: {
    name: string({ doc: 'The key in `collected`.', required: true }),
    fails: boolean({ doc: 'Whether every write fails.', default: false }),
    hangs: boolean({ doc: 'Whether no write ever ends.', default: false }),
  },
  buffer: { store: 'none' },
  create: ({ name, fails, hangs }) => ({
    async write(chunk) {
      if (hangs) await new Promise(() => {});
      if (fails) throw new Error('the far end is gone');
      const kept = collected.get(name) ?? [];
      collected.set(name, kept);
      for await (const entries of chunk.entries()) {
        kept.push(...entries.map(({ record }) => ({ tag: chunk.tag, record })));
      }
    },
  }),
});
