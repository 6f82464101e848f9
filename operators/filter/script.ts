import { MillraceError } from '../../lib/error.ts';
import { free, string } from '../../lib/option/declare.ts';
import { defineFilter } from '../../lib/plugin/define.ts';
import { findScript } from '../../lib/plugin/script.ts';

const type = 'script';
const doc =
  'Runs code of the user: what a module exports. That is a function `(entry, tag)` that gives the entry, another one, a list or null; an async generator function from batches to batches; a class of Transforms in object mode, or a function without parameters that makes one; or `highland(...)`. What it fails on goes to `@ERROR`.';
const options = {
  path: string({
    doc: 'The module: JavaScript, and TypeScript where Node strips types. A relative path starts at the folder of the configuration file in which it stands; in TypeScript, at the working folder.',
    required: true,
  }),
  export: string({ doc: 'The name of the export.', default: 'default' }),
  with: free({
    doc: 'Texts for the module. When the section is not empty, what the module exports is called with an object of them when the configuration is read, and gives what it would else have been.',
  }),
};

export default defineFilter({
  type,
  doc,
  options,
  standIn: {
    option: 'path',
    find: (parsed, folder) => findScript({ type, doc, options }, parsed, folder),
  },
  create({ path }) {
    // A plan holds what stands behind the module in place of this.
    throw new MillraceError(
      'MR_PLUGIN',
      `\`script\` is no filter by itself: ${path} is loaded for a pipeline`,
    );
  },
});
