import { resolve } from 'node:path';
import { usersOf } from '../../buffer/fluentd/file_users.ts';
import { type FluentdBuffer, findFluentdChunks } from '../../buffer/fluentd/find_chunks.ts';
import { importChunks } from '../../buffer/fluentd/import_chunks.ts';
import { ImportTarget } from '../../buffer/fluentd/import_target.ts';
import type { ContentKind } from '../../buffer/fluentd/read_content.ts';
import { realFiles } from '../../buffer/store/file_system.ts';
import { systemClock } from '../../clock.ts';
import { MillraceError } from '../../error.ts';
import { createLog } from '../../log.ts';
import { formatLogText } from '../../process/log_format.ts';
import { streamSink } from '../../process/log_sink.ts';
import { sizeText } from '../figures.ts';
import { openProgress } from '../progress.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { chunkLine, describeImport, describeProblem, type ImportSummary } from './import_report.ts';

export interface ImportOptions {
  readonly to: string;
  readonly tag?: string;
  readonly format?: ContentKind;
  readonly field?: string;
  readonly delete?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/**
 * `millrace buffer import --from fluentd`: takes over the chunks of a Fluentd file buffer. It fails when a chunk was
 * left or bytes had to be put aside.
 * @throws MR_BUFFER when the target is in use or cannot be written, or a running Fluentd uses the source
 */
export async function importFluentd(
  place: string,
  options: ImportOptions,
  terminal: Terminal,
): Promise<number> {
  const source = findFluentdChunks(place);
  const isDry = options.dryRun === true;
  if (!isDry && options.force !== true) refuseUsed(place, source);
  const target = isDry ? undefined : await openTarget(options.to, terminal);
  const summary: ImportSummary = { place, folder: options.to, isDry, chunks: [] };
  const progress = await openProgress(terminal, {
    label: 'importing',
    total: source.chunks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    print: sizeText,
    isSilent: options.json === true,
  });
  try {
    await importChunks({
      source,
      target,
      wish: { tag: options.tag, kind: options.format, field: options.field },
      deletes: options.delete === true,
      files: realFiles,
      onRead: (bytes) => progress.advance(bytes),
      onChunk(done) {
        summary.chunks.push(done);
        if (options.json === true) terminal.out.write(chunkLine(done));
        if (done.reason === undefined || options.json === true) return;
        progress.clear();
        terminal.err.write(describeProblem(done));
      },
    });
  } finally {
    progress.finish();
    await target?.close();
  }
  if (options.json !== true) terminal.out.write(describeImport(summary));
  const isWhole = summary.chunks.every(({ reason }) => reason === undefined);
  return isWhole ? exitCodes.ok : exitCodes.failed;
}

/** Nothing says that Fluentd uses its buffer, except that it has every chunk open. */
function refuseUsed(place: string, { chunks }: FluentdBuffer): void {
  const paths = chunks.flatMap(({ metaPath, path }) =>
    metaPath === undefined ? [path] : [path, metaPath],
  );
  const [user] = usersOf(paths);
  if (user === undefined) return;
  throw new MillraceError(
    'MR_BUFFER',
    `the Fluentd buffer \`${place}\` is in use by process ${user.pid} (${user.name})`,
    {
      hint: 'stop Fluentd first; `--force` imports all the same, and what it delivers meanwhile arrives twice',
    },
  );
}

function openTarget(folder: string, terminal: Terminal): Promise<ImportTarget> {
  return ImportTarget.open({
    files: realFiles,
    folder: resolve(folder),
    clock: systemClock,
    log: createLog(streamSink(terminal.err, formatLogText, systemClock)),
    random: Math.random,
  });
}
