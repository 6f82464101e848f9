import { randomBytes } from 'node:crypto';
import { rename, symlink } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { type ChunkContent, ChunkFiles, mostPacked } from '../../lib/file/chunk_files.ts';
import { makeFolder } from '../../lib/file/folder.ts';
import type { Permissions } from '../../lib/file/open_file.ts';
import { pathTemplate } from '../../lib/file/path_template.ts';
import { boolean, custom, oneOf, string } from '../../lib/option/declare.ts';
import type { Parsed } from '../../lib/option/option.ts';
import { permission } from '../../lib/option/permission.ts';
import { bytesInTurn } from '../../lib/plugin/bytes_in_turn.ts';
import type { Chunk } from '../../lib/plugin/contract.ts';
import { defineOutput } from '../../lib/plugin/define.ts';
import { compileInject, injectSection } from '../../lib/plugin/inject.ts';
import { nested } from '../../lib/plugin/nested.ts';

const options = {
  path: string({
    required: true,
    doc: 'The path of the files, with placeholders for the chunk keys. `*` stands for the time; without it the time is added at the end where it is not in the path.',
  }),
  append: boolean({
    doc: 'Chunks with the same path are appended to one file. Otherwise each chunk gets a file of its own, with an index in its name.',
    default: false,
  }),
  addPathSuffix: boolean({ doc: 'Paths without `*` end with `path_suffix`.', default: true }),
  pathSuffix: string({ doc: 'What paths without `*` end with.', default: '.log' }),
  compress: oneOf(['text', 'gzip', 'gz'], {
    doc: '`gzip`: files are compressed, and their names end with `.gz`. Each chunk is a gzip member.',
    default: 'text',
  }),
  recompress: boolean({
    doc: 'Accepted for compatibility: how the buffer is compressed makes no difference to the files.',
    default: false,
  }),
  symlinkPath: string({ doc: 'A symbolic link that is kept pointing to the newest file.' }),
  symlinkPathUseRelative: boolean({ doc: 'The link has a relative target.', default: false }),
  inject: injectSection,
  format: nested('formatter', { doc: 'How an event is written.', default: 'out_file' }),
  filePermission: custom(permission, {
    doc: 'Permissions of new files: `0644`.',
    default: 0o644,
  }),
  dirPermission: custom(permission, {
    doc: 'Permissions of new folders: `0755`.',
    default: 0o755,
  }),
};

export default defineOutput({
  type: 'file',
  doc: 'Writes chunks to files. With a file buffer a chunk is written once, whatever happens between the first attempt and its removal from the buffer.',
  options,
  buffer: { store: 'file', chunkKeys: ['time'], timekeyMs: 86_400_000, pathOption: 'path' },
  hints: ({ path }) => [`tail -F ${path.replace(/[*%$].*/, '')}*`],
  templates: (given, { timekeyMs }) => [templateOf(given, timekeyMs).join('')],
  create(given, context) {
    const { log, chunking, stateFolder } = context;
    const format = context.make(given.format);
    const inject = compileInject(given.inject, context);
    const { append, compress, symlinkPath } = given;
    const template = templateOf(given, chunking?.timekeyMs);
    const permissions: Permissions = {
      file: given.filePermission,
      folder: given.dirPermission,
    };
    const files = new ChunkFiles({
      append,
      compresses: compress !== 'text',
      permissions,
      stateFolder,
      log,
    });
    let newestTimekey = Number.NEGATIVE_INFINITY;

    function contentOf(chunk: Chunk): Pick<ChunkContent, 'head' | 'bytes' | 'mostBytes'> {
      const { container } = format;
      const { sizeBytes } = chunk;
      if (container === undefined) {
        // Compression may look at a piece while it asks for the next one.
        const bytes = compress === 'text' ? bytesInTurn(chunk) : chunk.bytes();
        return { bytes, mostBytes: sizeBytes };
      }
      const { head } = container;
      return { head, bytes: container.pack(chunk.bytes()), mostBytes: mostPacked(sizeBytes) };
    }

    /** The link is a convenience: that it cannot be made does not make the chunk undelivered. */
    async function linkTo(path: string, chunk: Chunk): Promise<void> {
      if (symlinkPath === undefined || (chunk.key.timekey ?? 0) < newestTimekey) return;
      newestTimekey = chunk.key.timekey ?? 0;
      try {
        const link = resolve(chunk.expand(symlinkPath));
        await replaceLink(link, resolve(path), given.symlinkPathUseRelative, permissions.folder);
      } catch (error) {
        log.warn('the symbolic link cannot be made', { symlink_path: symlinkPath, error });
      }
    }

    return {
      open: () => files.open(),
      format: (entry, tag) => format(inject(entry, tag), tag),
      formatAll:
        format.formatAll === undefined || given.inject !== undefined
          ? undefined
          : (entries, _tag, memory) => format.formatAll?.(entries, memory),
      async write(chunk, signal) {
        const pieces = template.map((piece, index) => {
          const isBeforeIndex = index < template.length - 1;
          return chunk.expand(piece) + (isBeforeIndex ? '_' : '');
        });
        const path = await files.write({ chunk: chunk.id, ...contentOf(chunk), signal }, pieces);
        if (path !== undefined) await linkTo(path, chunk);
      },
      close: () => files.close(),
    };
  },
});

function templateOf(
  given: Parsed<typeof options>,
  timekeyMs: number | undefined,
): readonly string[] {
  const { path, append, addPathSuffix, pathSuffix, compress } = given;
  return pathTemplate({
    path,
    append,
    suffix: addPathSuffix ? pathSuffix : '',
    compressSuffix: compress === 'text' ? '' : '.gz',
    timekeyMs,
  });
}

/** Points a symbolic link to a file, at once for whoever looks. */
async function replaceLink(
  link: string,
  target: string,
  isRelative: boolean,
  folderMode: number,
): Promise<void> {
  await makeFolder(dirname(link), folderMode);
  const temporary = `${link}.${randomBytes(6).toString('hex')}`;
  await symlink(isRelative ? relative(dirname(link), target) : target, temporary);
  await rename(temporary, link);
}
