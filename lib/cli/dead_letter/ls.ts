import { findDeadLetters } from '../../buffer/letters/find_letters.ts';
import { type LetterSummary, summarizeLetter } from '../../buffer/letters/summarize_letter.ts';
import { counted, shownText } from '../figures.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { textTable } from '../text_table.ts';

export interface LsOptions {
  readonly json?: boolean;
}

/** `millrace dead-letter ls`: a line for each dead letter, oldest first. @throws MR_IO when the folder cannot be read */
export async function ls(folder: string, options: LsOptions, terminal: Terminal): Promise<number> {
  const letters = await Promise.all(findDeadLetters(folder).map(summarizeLetter));
  if (options.json === true) {
    for (const letter of letters) terminal.out.write(`${JSON.stringify(letter)}\n`);
  } else if (letters.length === 0) terminal.out.write(`there are no dead letters in ${folder}\n`);
  else terminal.out.write(table(letters));
  return exitCodes.ok;
}

function table(letters: readonly LetterSummary[]): string {
  const header = ['ID', 'WHERE', 'TAG', 'EVENTS', 'ATTEMPTS', 'DIED', 'REASON'];
  const events = letters.reduce((sum, { count }) => sum + count, 0);
  const total = `${counted(letters.length, 'dead letter')}, ${counted(events, 'event')}\n`;
  return textTable([header, ...letters.map(row)], 160) + total;
}

function row(letter: LetterSummary): string[] {
  const { attempts, count, diedAt, id, isFormatted, outputId, plugins, reason, tags } = letter;
  return [
    id,
    outputId ?? few(plugins),
    few(tags),
    String(count),
    attempts === undefined ? '' : String(attempts),
    `${diedAt.slice(0, 19)}Z`,
    isFormatted ? `${reason} (formatted text)` : reason,
  ].map(shownText);
}

function few(names: readonly string[]): string {
  const [first = '', ...more] = names;
  return more.length === 0 ? first : `${first} +${more.length}`;
}
