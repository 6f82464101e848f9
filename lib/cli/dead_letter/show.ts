import { createReadStream } from 'node:fs';
import { deadLetterLine, printIsoTime } from '../../buffer/dead_letter.ts';
import type { DeadLetterFiles } from '../../buffer/letters/find_letters.ts';
import { type LetterEvent, readLetterLines } from '../../buffer/letters/letter_lines.ts';
import { type LetterSummary, summarizeLetter } from '../../buffer/letters/summarize_letter.ts';
import { printJson } from '../../codec/json_print.ts';
import { counted, shownText } from '../figures.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { textTable } from '../text_table.ts';
import { selectLetters } from './select.ts';

export interface ShowOptions {
  readonly json?: boolean;
}

/** `millrace dead-letter show`: why a dead letter is one, and its events. @throws MR_IO when there is none such */
export async function show(
  folder: string,
  id: string,
  options: ShowOptions,
  terminal: Terminal,
): Promise<number> {
  for (const letter of selectLetters(folder, [id])) {
    const summary = await summarizeLetter(letter);
    if (options.json === true) await printForPrograms(letter, summary, terminal);
    else await print(letter, summary, terminal);
  }
  return exitCodes.ok;
}

async function print(
  { linesPath, textPath }: DeadLetterFiles,
  summary: LetterSummary,
  terminal: Terminal,
): Promise<void> {
  terminal.out.write(`${textTable(factsOf(summary), 140)}\n`);
  if (linesPath !== undefined) {
    for await (const line of readLetterLines(linesPath)) {
      const text =
        'event' in line ? printEvent(line.event) : `line ${line.number}: ${line.fault}\n`;
      terminal.out.write(text);
    }
  } else if (textPath !== undefined) {
    for await (const bytes of createReadStream(textPath)) terminal.out.write(bytes);
  }
}

function factsOf(summary: LetterSummary): string[][] {
  const { attempts, count, createdAt, diedAt, firstFailedAt, id, outputId, path } = summary;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['id', id],
    ['output', outputId],
    ['failed in', summary.plugins.join(', ')],
    ['tag', summary.tags.join(', ')],
    ['reason', summary.reason],
    ['attempts', attempts === undefined ? undefined : String(attempts)],
    ['created', createdAt],
    ['first failed', firstFailedAt],
    ['died', diedAt],
    ['holds', `${counted(count, 'event')}${summary.isFormatted ? ', as formatted text' : ''}`],
    ['file', path],
  ];
  return facts.flatMap(([name, fact]) =>
    fact === undefined || fact === '' ? [] : [[name, shownText(fact)]],
  );
}

function printEvent({ entry, plugin, reason, tag }: LetterEvent): string {
  const line = `${printIsoTime(entry.time)} ${shownText(tag)} ${recordText(entry.record)}\n`;
  const why = [plugin, reason].filter((each) => each !== undefined).join(': ');
  return why === '' ? line : `${line}    ${shownText(why)}\n`;
}

function recordText(record: LetterEvent['entry']['record']): string {
  try {
    return shownText(printJson(record));
  } catch {
    return '(a record that JSON cannot say)';
  }
}

/** Events are written as they come: JSON is an object with an `events` list of the lines of the file. */
async function printForPrograms(
  { linesPath, textPath }: DeadLetterFiles,
  summary: LetterSummary,
  terminal: Terminal,
): Promise<void> {
  terminal.out.write(`${JSON.stringify(summary).slice(0, -1)},"events":[`);
  let separator = '\n';
  if (linesPath !== undefined) {
    for await (const line of readLetterLines(linesPath)) {
      const text =
        'event' in line
          ? deadLetterLine(line.event.entry, line.event.tag, {
              plugin: line.event.plugin,
              reason: line.event.reason,
            }).trimEnd()
          : JSON.stringify(line);
      terminal.out.write(`${separator}${text}`);
      separator = ',\n';
    }
  }
  terminal.out.write(']');
  if (linesPath === undefined && textPath !== undefined) {
    const blocks: Buffer[] = [];
    for await (const block of createReadStream(textPath)) blocks.push(block);
    terminal.out.write(`,"text":${JSON.stringify(Buffer.concat(blocks).toString())}`);
  }
  terminal.out.write('}\n');
}
