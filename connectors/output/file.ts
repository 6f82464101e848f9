import { randomBytes } from 'node:crypto';
import { rename, symlink } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { gzipPieces } from '../../lib/codec/gzip_stream.ts';
import { MillraceError } from '../../lib/error.ts';
import { appendChunk } from '../../lib/file/append_file.ts';
import type { ChunkWrite } from '../../lib/file/chunk_write.ts';
import { CommitJournal } from '../../lib/file/commit_journal.ts';
import { makeFolder } from '../../lib/file/folder.ts';
import type { Permissions } from '../../lib/file/open_file.ts';
import { pathTemplate } from '../../lib/file/path_template.ts';
import { placeChunk } from '../../lib/file/place_file.ts';
import { recoverWrites } from '../../lib/file/undo_write.ts';
import { boolean, custom, oneOf, string } from '../../lib/option/declare.ts';
import type { Parsed } from '../../lib/option/option.ts';
import type { Chunk } from '../../lib/plugin/contract.ts';
import { defineOutput } from '../../lib/plugin/define.ts';
import { compileInject, injectSection } from '../../lib/plugin/inject.ts';
import { nested } from '../../lib/plugin/nested.ts';

const permission = {
  type: 'permission',
  fromText: readOctal,
  print: (mode: number) => `0${mode.toString(8)}`,
};

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
    let journal: CommitJournal | undefined;
    let newestTimekey = Number.NEGATIVE_INFINITY;

    function contentOf(chunk: Chunk): Pick<ChunkWrite, 'head' | 'bytes' | 'mostBytes'> {
      const { container } = format;
      const plain = container === undefined ? chunk.bytes() : container.pack(chunk.bytes());
      const plainBytes = container === undefined ? chunk.sizeBytes : mostPacked(chunk.sizeBytes);
      if (compress === 'text') {
        return { head: container?.head, bytes: plain, mostBytes: plainBytes };
      }
      // Stored without compression it is the same with every version of zlib, so that it is found again.
      const head = container && gzipSync(container.head, { level: 0 });
      return { head, bytes: gzipPieces(plain), mostBytes: mostPacked(plainBytes) };
    }

    async function store(chunk: Chunk, signal: AbortSignal): Promise<string | undefined> {
      const pieces = template.map((piece) => chunk.expand(piece));
      const write = { chunk: chunk.id, ...contentOf(chunk), permissions, signal };
      if (!append) return placeChunk(write, (index) => pieces.join(`_${index}`), journal);
      const path = pieces.join('');
      await appendChunk(write, path, journal, log);
      return path;
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
      async open() {
        if (stateFolder === undefined) return;
        const opened = await CommitJournal.open(stateFolder);
        try {
          await recoverWrites(opened, log);
        } catch (error) {
          await opened.close();
          throw error;
        }
        journal = opened;
      },
      format: (entry, tag) => format(inject(entry, tag), tag),
      async write(chunk, signal) {
        const path = await store(chunk, signal);
        if (path !== undefined) await linkTo(path, chunk);
      },
      async close() {
        await journal?.close();
      },
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

/** Deflate stores what it cannot shrink in blocks of 16 KB and more, each with a few bytes of its own. */
function mostPacked(bytes: number): number {
  return bytes + Math.ceil(bytes / 1024) + 1024;
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

function readOctal(text: string): number {
  if (/^0?[0-7]{3,4}$/.test(text)) return Number.parseInt(text, 8);
  throw new MillraceError('MR_OPTION', `expected permissions such as 0644, not \`${text}\``);
}
