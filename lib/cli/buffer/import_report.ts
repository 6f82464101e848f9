import { basename, dirname, join, relative } from 'node:path';
import { printKeyValue } from '../../buffer/chunk_key.ts';
import type { ImportedChunk, ImportFate } from '../../buffer/fluentd/import_chunk.ts';
import { counted, shownText, sizeText } from '../figures.ts';
import { textTable } from '../text_table.ts';

/** An import and what it came to. */
export interface ImportSummary {
  readonly place: string;
  readonly folder: string;
  readonly isDry: boolean;
  readonly chunks: ImportedChunk[];
}

/** What is printed of a chunk for programs. */
export function chunkLine(chunk: ImportedChunk): string {
  const { key } = chunk;
  const line = {
    path: chunk.path,
    id: chunk.fluentdId,
    state: chunk.state,
    fate: chunk.fate,
    content: chunk.kind,
    tag: key.tag,
    timekey: key.timekey,
    variables: Object.fromEntries(
      Array.from(key.variables, ([name, value]) => [name, printKeyValue(value)]),
    ),
    createdAt: new Date(chunk.createdMs).toISOString(),
    events: chunk.count,
    notedEvents: chunk.notedCount,
    bytes: chunk.bytes,
    asideBytes: chunk.asideBytes,
    reason: chunk.reason,
    chunkId: chunk.stored?.id,
  };
  return `${JSON.stringify(line)}\n`;
}

/** A chunk with which something is wrong, in a sentence. */
export function describeProblem(chunk: ImportedChunk): string {
  const { asideBytes, fate, path, reason = '' } = chunk;
  const what =
    fate === 'left'
      ? `left where it is: ${reason}`
      : `${counted(chunk.count, 'event')} imported, ${counted(asideBytes, 'byte')} put aside: ${reason}`;
  return `${shownText(path)}: ${shownText(what)}\n`;
}

/** The import in words; what it would do, chunk by chunk, when it was only tried. */
export function describeImport(summary: ImportSummary): string {
  const { chunks, folder, isDry, place } = summary;
  if (chunks.length === 0) return `there are no chunks of Fluentd in ${place}\n`;
  const table = isDry ? textTable([header, ...chunks.map((chunk) => row(chunk, place))], 140) : '';
  const all = of(chunks, 'imported');
  const events = all.reduce((sum, { count }) => sum + count, 0);
  const bytes = all.reduce((sum, each) => sum + each.bytes, 0);
  const amount = `${counted(all.length, 'chunk')} with ${counted(events, 'event')}, ${sizeText(bytes)}`;
  const lines = [
    isDry ? `would import ${amount} into ${folder}` : `imported ${amount} into ${folder}`,
    ...rest(chunks, folder),
    ...notes(chunks),
  ];
  return `${table}${lines.map((line) => `${line}\n`).join('')}`;
}

const header = ['FILE', 'STATE', 'TAG', 'TIME SLICE', 'FIELDS', 'CONTENT', 'EVENTS', 'SIZE', ''];

function row(chunk: ImportedChunk, place: string): string[] {
  const { bytes, count, fate, key, kind = '', path, reason, state } = chunk;
  const slice = key.timekey === undefined ? '' : new Date(key.timekey * 1000).toISOString();
  const fields = Array.from(key.variables, ([name, value]) => `${name}=${printKeyValue(value)}`);
  const note = reason ?? (fate === 'empty' ? 'empty' : '');
  return [
    ...[
      nameIn(place, path),
      state,
      key.tag ?? '',
      slice.replace('.000Z', 'Z'),
      fields.join(' '),
      kind,
    ],
    ...[String(count), sizeText(bytes), note],
  ].map(shownText);
}

/** With the folder of its worker, where there is one. */
function nameIn(place: string, path: string): string {
  return relative(basename(place).includes('*') ? dirname(place) : place, path);
}

function rest(chunks: readonly ImportedChunk[], folder: string): string[] {
  const aside = chunks.filter(({ asideBytes }) => asideBytes > 0);
  const asideBytes = aside.reduce((sum, each) => sum + each.asideBytes, 0);
  const told: readonly (readonly [string, ImportFate])[] = [
    ['imported before', 'repeated'],
    ['empty', 'empty'],
    ['left in place', 'left'],
  ];
  const lines = told
    .map(([what, fate]) => ({ what, count: of(chunks, fate).length }))
    .filter(({ count }) => count > 0)
    .map(({ count, what }) => `${what}: ${counted(count, 'chunk')}`);
  if (aside.length === 0) return lines;
  const where = join(folder, 'quarantine');
  return [
    ...lines,
    `put aside in ${where}: ${sizeText(asideBytes)} of ${counted(aside.length, 'chunk')}`,
  ];
}

/** What an operator might otherwise learn too late. */
function notes(chunks: readonly ImportedChunk[]): string[] {
  const imported = of(chunks, 'imported');
  const lines: string[] = [];
  const texts = imported.filter(({ kind }) => kind === 'text').length;
  if (texts > 0) {
    lines.push(
      `note: ${counted(texts, 'chunk')} of text that an output had formatted; only an output that writes text can deliver it`,
    );
  }
  const short = imported.filter(
    ({ asideBytes, count, kind, knownBytes, notedCount = 0 }) =>
      kind === 'entries' && asideBytes === 0 && knownBytes === 0 && count < notedCount,
  );
  const missing = short.reduce((sum, { count, notedCount = 0 }) => sum + notedCount - count, 0);
  if (missing > 0) {
    lines.push(
      `note: Fluentd had noted ${counted(missing, 'event')} more in ${counted(short.length, 'chunk')} than there are`,
    );
  }
  return lines;
}

function of(chunks: readonly ImportedChunk[], fate: ImportFate): readonly ImportedChunk[] {
  return chunks.filter((chunk) => chunk.fate === fate);
}
