import { type DeadLetterFiles, findDeadLetters } from '../../buffer/letters/find_letters.ts';
import { MillraceError } from '../../error.ts';

/**
 * The dead letters whose ids begin with these texts; all without any.
 * @throws MR_IO when the folder cannot be read, or an id means none or several
 */
export function selectLetters(folder: string, ids: readonly string[]): readonly DeadLetterFiles[] {
  const letters = findDeadLetters(folder);
  if (ids.length === 0) return letters;
  const wanted = new Set(ids.map((id) => onlyOne(letters, id, folder)));
  return letters.filter((letter) => wanted.has(letter));
}

function onlyOne(letters: readonly DeadLetterFiles[], id: string, folder: string): DeadLetterFiles {
  const found = letters.filter((letter) => letter.id.startsWith(id));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const what = only === undefined ? 'no dead letter' : 'several dead letters, ids that begin with';
  throw new MillraceError('MR_IO', `there is ${what} \`${id}\` in ${folder}`, {
    hint: '`millrace dead-letter ls` lists them',
  });
}
