import { repairFolder } from '../../buffer/repair/repair.ts';
import type { Mended, RepairReport } from '../../buffer/repair/report.ts';
import { realFiles } from '../../buffer/store/file_system.ts';
import { systemClock } from '../../clock.ts';
import { counted, shownText, sizeText } from '../figures.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { withBar } from './bar.ts';
import { leftText } from './left_text.ts';
import { describeRefusal } from './locate.ts';
import { writableFolders } from './writable_folders.ts';

export interface RepairOptions {
  readonly tag?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/**
 * `millrace buffer repair`: mends what can be mended, and fails when something is left that a person must decide.
 * @throws MR_BUFFER when a process uses a folder or it cannot be read
 */
export async function repair(
  path: string,
  options: RepairOptions,
  terminal: Terminal,
): Promise<number> {
  let isWhole = true;
  for (const folder of writableFolders(path, terminal)) {
    const { left } = await repairOne(folder, options, terminal);
    if (left.length > 0) isWhole = false;
  }
  return isWhole ? exitCodes.ok : exitCodes.failed;
}

async function repairOne(
  folder: string,
  { tag, dryRun: isDryRun = false, json: isJson = false }: RepairOptions,
  terminal: Terminal,
): Promise<RepairReport> {
  const now = (): string => new Date(systemClock.nowMs()).toISOString();
  try {
    const report = await withBar(terminal, 'repairing', isJson, (steps) =>
      repairFolder({ files: realFiles, folder, tag, isDryRun, now, ...steps }),
    );
    const text = isJson
      ? `${JSON.stringify({ folder, isDryRun, ...report })}\n`
      : `${shownText(folder)}\n${reportText(report, isDryRun)}`;
    terminal.out.write(text);
    return report;
  } catch (error) {
    throw describeRefusal(`the folder \`${folder}\``, error, isDryRun ? 'read' : 'changed');
  }
}

function reportText({ looked, mended, left }: RepairReport, isDryRun: boolean): string {
  const kept = mended.reduce((sum, { keptBytes }) => sum + keptBytes, 0);
  const parts = [
    `${counted(looked, 'chunk file')} looked at`,
    isDryRun ? `${mended.length} would be mended` : `${mended.length} mended`,
    `${left.length} left`,
    ...(kept > 0 ? [`${sizeText(kept)} ${isDryRun ? 'would go' : 'went'} to quarantine`] : []),
  ];
  return `${mended.map(mendedText).join('')}${leftText(left)}${parts.join(', ')}\n`;
}

function mendedText({ name, remedy, damages, count, keptBytes, missing }: Mended): string {
  const why = damages.length === 0 ? '' : `: ${damages.join('; ')}`;
  const facts = [
    ...(count > 0 ? [counted(count, 'event')] : []),
    ...(keptBytes > 0 ? [`${sizeText(keptBytes)} put aside`] : []),
    ...(missing.length > 0 ? [`missing: ${missing.join('; ')}`] : []),
  ];
  const more = facts.length === 0 ? '' : ` (${facts.join(', ')})`;
  return `${remedy}: ${shownText(`${name}${why}${more}`)}\n`;
}
