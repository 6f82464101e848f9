import { realFiles } from '../../buffer/store/file_system.ts';
import {
  type FolderFault,
  inspectFolder,
  inspectOutcomes,
} from '../../buffer/survey/inspect_folder.ts';
import { isWrittenTo, type Judgement, judgeChunk } from '../../buffer/survey/judge_chunk.ts';
import { eachChunk, type OpenedChunk } from '../../buffer/survey/open_chunk.ts';
import { figure } from '../figures.ts';
import { openProgress, type Progress } from '../progress.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { locate, type Target } from './locate.ts';
import { VerifyReport } from './verify_report.ts';

export interface VerifyOptions {
  readonly json?: boolean;
}

/** `millrace buffer verify`: reads every byte of every chunk; fails when one is not as it was written. */
export async function verify(
  paths: readonly string[],
  options: VerifyOptions,
  terminal: Terminal,
): Promise<number> {
  const { json: isJson = false } = options;
  const targets = locate(paths, terminal);
  const progress = await openProgress(terminal, {
    label: 'verifying',
    total: targets.reduce((sum, { chunks }) => sum + chunks.length, 0),
    print: figure,
    isSilent: isJson,
  });
  let isWhole = true;
  try {
    for (const target of targets) {
      const report = new VerifyReport(target.survey, isJson);
      await verifyTarget(target, report, terminal, progress);
      if (!report.isWhole) isWhole = false;
    }
  } finally {
    progress.finish();
  }
  return isWhole ? exitCodes.ok : exitCodes.failed;
}

async function verifyTarget(
  { chunks, isWholeFolder, survey }: Target,
  report: VerifyReport,
  terminal: Terminal,
  progress: Progress,
): Promise<void> {
  const { folder } = survey;
  const print = async (text: string): Promise<void> => {
    if (text === '') return;
    progress.clear();
    await terminal.out.write(text);
  };
  const faults: FolderFault[] = [];
  const look = async (opened: OpenedChunk): Promise<Judgement | undefined> => {
    const judgement = await judgeChunk(realFiles, folder, opened, isWrittenTo(survey));
    const fault = judgement && inspectOutcomes(realFiles, folder, judgement.report);
    if (fault !== undefined) faults.push(fault);
    return judgement;
  };
  for await (const each of eachChunk(realFiles, folder, chunks, look)) {
    await print(report.chunk(each));
    progress.advance(1);
  }
  if (isWholeFolder) {
    faults.push(...inspectFolder(realFiles, survey));
  }
  for (const fault of faults) await print(report.fault(fault));
  await print(report.end());
}
