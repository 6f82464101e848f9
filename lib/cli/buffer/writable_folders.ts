import { bufferFolderOf } from '../../buffer/survey/folder.ts';
import { MillraceError } from '../../error.ts';
import type { Terminal } from '../terminal.ts';
import { locate } from './locate.ts';

/**
 * The buffer folders that a command is to change: the one that is named, or those below it.
 * @throws MR_BUFFER when there is none
 */
export function writableFolders(path: string, terminal: Terminal): string[] {
  return locate([path], terminal).map(({ survey, isWholeFolder }) => {
    // What is in quarantine is mended from its buffer.
    if (isWholeFolder) return bufferFolderOf(survey.folder);
    throw new MillraceError('MR_BUFFER', `\`${path}\` is the file of a chunk`, {
      hint: `give its folder, \`${survey.folder}\``,
    });
  });
}
