import { deadLetterLine } from '../../buffer/dead_letter.ts';
import { realFiles } from '../../buffer/store/file_system.ts';
import { undelivered } from '../../buffer/survey/bisected.ts';
import { type Content, readContent } from '../../buffer/survey/content.ts';
import { type ChunkReport, examine } from '../../buffer/survey/examine.ts';
import { isUnfinished, isWrittenTo } from '../../buffer/survey/judge_chunk.ts';
import { eachChunk } from '../../buffer/survey/open_chunk.ts';
import { MillraceError } from '../../error.ts';
import { counted, figure, sizeText } from '../figures.ts';
import { openProgress, type Progress } from '../progress.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { ExportFile } from './export_file.ts';
import { formattedJson } from './formatted_json.ts';
import { describeRefusal, locate, type Target } from './locate.ts';
import { Troubles } from './troubles.ts';

/** What events can be exported as. */
export type ExportFormat = 'json' | 'msgpack' | 'raw';

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly output?: string;
  readonly json?: boolean;
}

/** Where an export goes. */
interface Destination {
  write(bytes: string | Uint8Array): Promise<void> | undefined;
  /** Whether nobody takes any more. */
  readonly isGone: boolean;
}

/**
 * `millrace buffer export`: all events, in order of their chunks; fails when some cannot be read, and the others are
 * exported all the same. @throws MR_BUFFER when the file is there already
 */
export async function exportBuffers(
  paths: readonly string[],
  options: ExportOptions,
  terminal: Terminal,
): Promise<number> {
  const targets = locate(paths, terminal);
  const { format, json: isJson = false, output } = options;
  const file = output === undefined ? undefined : ExportFile.create(output);
  const destination: Destination = file ?? {
    write: (bytes) => terminal.out.write(bytes),
    get isGone() {
      return terminal.out.dropped > 0;
    },
  };
  const progress = await openProgress(terminal, {
    label: 'exporting',
    total: targets.reduce((sum, { chunks }) => sum + chunks.length, 0),
    print: figure,
    isSilent: isJson || output === undefined,
  });
  const troubles = new Troubles(terminal, () => progress.clear());
  const totals = { bytes: 0, chunks: 0, events: 0 };
  try {
    for await (const piece of piecesOf(targets, format, troubles, progress, totals)) {
      totals.bytes += piece.length;
      await destination.write(piece);
      if (destination.isGone) break;
    }
    await file?.finish();
  } catch (error) {
    file?.abandon();
    throw error;
  } finally {
    progress.finish();
  }
  if (output !== undefined) await terminal.out.write(summaryOf(totals, output, troubles, isJson));
  return troubles.isMissing ? exitCodes.failed : exitCodes.ok;
}

/** What was exported so far. */
interface Totals {
  bytes: number;
  chunks: number;
  events: number;
}

/** The content of all chunks as it is to be written. */
async function* piecesOf(
  targets: readonly Target[],
  format: ExportFormat,
  troubles: Troubles,
  progress: Progress,
  totals: Totals,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const { chunks, survey } of targets) {
    const { folder } = survey;
    const each = eachChunk(realFiles, folder, chunks, async (opened) => {
      const report = await examine(realFiles, opened);
      const chunk = { id: opened.id, count: report.count };
      return { report, rest: undelivered(realFiles, folder, chunk) };
    });
    for await (const seen of each) {
      progress.advance(1);
      if ('error' in seen) {
        troubles.unreadable(seen.path, describeRefusal('it', seen.error).message);
        continue;
      }
      const { report, rest } = seen.seen;
      totals.chunks += 1;
      if (rest !== undefined) {
        const delivered = counted(report.count - rest.count, 'event');
        troubles.note(seen.path, `${delivered} left out, which were delivered already`);
      }
      for await (const content of readContent(realFiles, report, rest?.ranges)) {
        const isExpected = content.kind === 'damage' && isWrittenTo(survey);
        if (isExpected && isUnfinished(report, content.damage)) continue;
        tell(content, report, troubles);
        totals.events += countOf(content);
        const piece = encode(content, report, format);
        if (piece.length > 0) yield piece;
      }
    }
  }
}

function tell(content: Content, { opened }: ChunkReport, troubles: Troubles): void {
  if (content.kind === 'damage') troubles.damage(opened.path, content.damage);
  if (content.kind === 'unreadable') troubles.unreadable(opened.path, content.reason);
}

function countOf(content: Content): number {
  if (content.kind === 'entries') return content.entries.length;
  return content.kind === 'formatted' ? content.count : 0;
}

const nothing = new Uint8Array();

function encode(content: Content, { head, opened }: ChunkReport, format: ExportFormat): Uint8Array {
  if (content.kind === 'formatted') {
    if (format === 'json') return Buffer.from(formattedJson(opened.id, head, content.bytes));
    if (format === 'raw') return content.bytes;
    throw new MillraceError(
      'MR_BUFFER',
      `chunk ${opened.id} holds what the output's \`format\` made, and no events that could become MessagePack`,
      { hint: 'export it with `--format raw` or `--format json`' },
    );
  }
  if (content.kind !== 'entries') return nothing;
  if (format !== 'json') return content.bytes;
  const tag = head?.tag ?? '';
  return Buffer.from(content.entries.map((entry) => deadLetterLine(entry, tag, {})).join(''));
}

function summaryOf(totals: Totals, output: string, troubles: Troubles, isJson: boolean): string {
  const { bytes, chunks, events } = totals;
  if (isJson) {
    const isComplete = !troubles.isMissing;
    const about = { type: 'export', file: output, chunks, events, bytes, isComplete };
    return `${JSON.stringify(about)}\n`;
  }
  return `${output}: ${counted(events, 'event')} from ${counted(chunks, 'chunk')}, ${sizeText(bytes)}\n`;
}
