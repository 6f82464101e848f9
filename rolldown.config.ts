import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';

// A start cost some two milliseconds a file, and a run needs 250 sources: they are joined to a dozen files.
// All entries are built at once and share their chunks, so that a user's plugin and the command that runs it have the
// same classes. A plugin stays a file of its own where the catalog looks for it, and where a stack names it, with all
// that it alone needs: what one file exports to another runs slower, by a fifth where all of `tail` was.

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

/** What both ends of the forward protocol share; HTTP is for itself. */
const sockets = filesBelow(join(root, 'lib'), ['net'])
  .map(withoutEnding)
  .filter((path) => !path.startsWith('net/http_'));

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
      // Each with all that it imports, but for what is in one before it: no two import each other.
      groups: [
        chunk('start', ['cli/command_line']),
        // What every run loads.
        chunk('run', [
          'buffer/output_buffer',
          'buffer/store/file_store',
          'config/load_plan',
          'option/permission',
          'plugin/catalog',
          'plugin/define',
          'plugin/nested',
          'plugin/rare_warning',
          'plugin/stream_settings',
          'process/run_plan',
        ]),
        // What parsers and formatters share.
        chunk('text', [
          'codec/json',
          'codec/line_joiner',
          'codec/line_table',
          'codec/text',
          'plugin/field_text',
          'plugin/formatter_options',
          'plugin/inject',
          'plugin/line_form',
          'plugin/parse_record',
          'plugin/record_template',
          'plugin/time_options',
        ]),
        chunk('network', ['plugin/server_options', ...sockets]),
      ],
    },
  },
  plugins: [ascii(), prune()],
});

/** A file for some sources of `lib`, and for what they import. */
function chunk(name: string, sources: readonly string[]) {
  const paths = new Set(sources.map((source) => join(root, 'lib', `${source}.ts`)));
  for (const path of paths) {
    if (!existsSync(path)) throw new Error(`chunk \`${name}\`: there is no ${path}`);
  }
  return { name, test: (path: string) => paths.has(path) };
}

/** V8 keeps a file with one character beyond Latin-1 in twice the memory, and reads it a tenth slower. */
function ascii(): Plugin {
  return {
    name: 'ascii',
    renderChunk: (code) => code.replace(/[^\0-\x7f]/g, escapeUnit),
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

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
