import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';

// A start costs some two milliseconds a file, and a run needs 250 sources: they are joined to a dozen files.
// All entries are built at once and share their chunks, so that a user's plugin and the command that runs it have the
// same classes. A plugin stays a file of its own where the catalog looks for it, and where a stack names it.

const root = import.meta.dirname;
const folder = join(root, 'dist');
const plugins = filesBelow(root, ['operators', 'connectors']).filter((path) =>
  path.endsWith('.ts'),
);
const entries = [
  'lib/index.ts',
  'lib/testing/index.ts',
  'lib/testing/arbitraries.ts',
  'lib/cli/main.ts',
  ...plugins,
];

export default defineConfig({
  cwd: root,
  input: Object.fromEntries(entries.map((path) => [withoutEnding(path), `./${path}`])),
  platform: 'node',
  external: /^[^./]/,
  logLevel: 'warn',
  // Some commands need at once what a run loads late.
  checks: { ineffectiveDynamicImport: false },
  output: {
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    // Two folders deep, as every source that asks where it lies: `../../` is `dist` for all of them.
    chunkFileNames: ({ name, facadeModuleId }) =>
      facadeModuleId == null
        ? `lib/chunk/${name}.js`
        : `${withoutEnding(relative(root, facadeModuleId))}.js`,
    minify: false,
    minifyInternalExports: false,
    codeSplitting: {
      // Each with all that it imports, but for what is in a chunk before it: no two import each other.
      groups: [
        chunk('start', /cli\/command_line/),
        chunk(
          'run',
          /config\/load_plan|process\/run_plan|buffer\/(?:output_buffer|store\/file_store)|option\/permission|plugin\/(?:catalog|define|nested|rare_warning|stream_settings)/,
        ),
        chunk(
          'text',
          /codec\/(?:json|line_joiner|line_table|text)|plugin\/(?:field_text|formatter_options|inject|line_form|parse_record|record_template|time_options)/,
        ),
        chunk('network', /net\/(?!http)\w+|plugin\/server_options/),
      ],
    },
  },
  plugins: [ascii(), prune()],
});

/** A file for the sources whose path below `lib` matches, and for what they import. */
function chunk(name: string, path: RegExp) {
  return { name, test: new RegExp(`/lib/(?:${path.source})\\.ts$`) };
}

/** V8 keeps a file with one character beyond Latin-1 in twice the memory, and reads it a tenth slower. */
function ascii(): Plugin {
  return {
    name: 'ascii',
    renderChunk: (code) => code.replace(/[^\0-\x7f]/g, (unit) => `\\u${hex4(unit.charCodeAt(0))}`),
  };
}

/** What a file that was renamed was built to does not stay. */
function prune(): Plugin {
  return {
    name: 'prune',
    writeBundle(_options, bundle) {
      for (const path of filesBelow(folder, ['.'])) {
        const isDeclaration = path.endsWith('.d.ts');
        if (isDeclaration && existsSync(join(root, path.replace(/\.d\.ts$/, '.ts')))) continue;
        if (isDeclaration || (path.endsWith('.js') && !(path in bundle)))
          rmSync(join(folder, path));
      }
    },
  };
}

function filesBelow(parent: string, folders: readonly string[]): string[] {
  return folders.flatMap((name) =>
    readdirSync(join(parent, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(parent, join(entry.parentPath, entry.name)))
      .sort(),
  );
}

function withoutEnding(path: string): string {
  return path.replace(/\.ts$/, '');
}

function hex4(unit: number): string {
  return unit.toString(16).padStart(4, '0');
}
