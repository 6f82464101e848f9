import { join } from 'node:path';
import { ChunkFiles } from '../../lib/file/chunk_files.ts';
import { boolean, oneOf, string } from '../../lib/option/declare.ts';
import type { Parsed } from '../../lib/option/option.ts';
import { defineOutput } from '../../lib/plugin/define.ts';

const options = {
  directory: string({ required: true, doc: 'The folder of the files.' }),
  basename: string({
    doc: 'The name of the files, with placeholders for the chunk keys, and `${chunk_id}`.',
    default: 'dump.bin',
  }),
  append: boolean({
    doc: 'Chunks with the same name are appended to one file. Otherwise each chunk gets a file of its own: `dump.bin.0`, `dump.bin.1`.',
    default: false,
  }),
  compress: oneOf(['text', 'gzip'], {
    doc: '`gzip`: files are compressed, and their names end with `.gz`. Each chunk is a gzip member.',
    default: 'text',
  }),
};

export default defineOutput({
  type: 'secondary_file',
  doc: 'Keeps the chunks that an output could not deliver as files, for its `<secondary>`: MessagePack `[time, record]` one after another, as Fluentd writes them. `millrace cat -f msgpack TAG < dump.bin.0` sends them again, with their times; `fluent-cat --format msgpack` and `fluent-binlog-reader` read them too. With a file buffer a chunk is written once.',
  options,
  templates: (given) => [pathOf(given)],
  mayOmitKeys: true,
  create(given, { log, stateFolder }) {
    const { append } = given;
    const suffix = given.compress === 'gzip' ? '.gz' : '';
    const files = new ChunkFiles({
      append,
      compresses: suffix !== '',
      permissions: { file: 0o644, folder: 0o755 },
      stateFolder,
      log,
    });
    return {
      open: () => files.open(),
      async write(chunk, signal) {
        const path = chunk.expand(pathOf(given));
        const content = {
          chunk: chunk.id,
          bytes: chunk.bytes(),
          mostBytes: chunk.sizeBytes,
          signal,
        };
        await files.write(content, append ? [path + suffix] : [`${path}.`, suffix]);
      },
      close: () => files.close(),
    };
  },
});

function pathOf({ directory, basename }: Parsed<typeof options>): string {
  return join(directory, basename);
}
