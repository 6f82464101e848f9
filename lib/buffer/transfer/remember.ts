import { join } from 'node:path';
import { MillraceError } from '../../error.ts';
import { encodeOrigins, restoreOrigins } from '../origin_snapshot.ts';
import { OriginTable } from '../origin_table.ts';
import type { FileSystem } from '../store/file_system.ts';
import { readSmallFile, replaceFile } from '../store/small_file.ts';
import { examine } from '../survey/examine.ts';
import type { NamedChunk } from '../survey/folder.ts';
import { eachChunk } from '../survey/open_chunk.ts';

/**
 * Writes down in a locked buffer folder what chunks tell of the origins of their events, because they will be gone:
 * what its sources offer again must not be stored again. Resolves when that is safe.
 * @throws MR_BUFFER when what was written down before is damaged
 */
export async function rememberOrigins(
  files: FileSystem,
  folder: string,
  chunks: readonly NamedChunk[],
): Promise<void> {
  const table = new OriginTable();
  // Contents are of no concern: what is damaged stays where it is.
  const onOrigin = table.add.bind(table);
  const looks = eachChunk(files, folder, chunks, (opened) =>
    examine(files, opened, { checksContent: false, onOrigin }),
  );
  for await (const each of looks) if ('error' in each) throw each.error;
  if (table.additions === 0) return;
  const path = join(folder, 'origins');
  const known = readSmallFile(files, path);
  if (known !== undefined && !restoreOrigins(table, known)) {
    throw new MillraceError('MR_BUFFER', `the list of stored origins \`${path}\` is damaged`, {
      hint: '`millrace buffer repair` puts it aside',
    });
  }
  // A person who is no owner of the buffer may be here; its process must be able to go on.
  const like = known === undefined ? join(folder, 'store') : path;
  await replaceFile(files, path, encodeOrigins(table), undefined, like);
}
