import { join } from 'node:path';
import { restoreOrigins } from '../origin_snapshot.ts';
import { OriginTable } from '../origin_table.ts';
import { outcomePath } from '../outcome_file.ts';
import type { ReadingFiles } from '../store/file_system.ts';
import { readIdentity } from '../store/identity.ts';
import { readSmallFile } from '../store/small_file.ts';
import { knownParts } from './bisected.ts';
import type { ChunkReport } from './examine.ts';
import { bufferFolderOf, type FolderSurvey, isQuarantine, surveyFolder } from './folder.ts';

/** What is wrong in a buffer's folder, chunks apart. */
export interface FolderFault {
  readonly path: string;
  readonly reason: string;
  /** What `repair`, or the next start, does about it. */
  readonly remedy: string;
}

/**
 * Checks what lies beside the chunks: the store's identity, the list of stored origins, two files of one chunk, and
 * that everything in quarantine has its reason. What a living process was about to change is looked at again.
 */
export function inspectFolder(files: ReadingFiles, survey: FolderSurvey): FolderFault[] {
  const faults = faultsIn(files, survey);
  if (faults.length === 0 || survey.holder === undefined) return faults;
  const again = faultsIn(files, surveyFolder(files, survey.folder));
  return again.filter(({ path }) => faults.some((fault) => fault.path === path));
}

/** What is wrong with what a buffer has written down of the parts of an examined chunk, if anything. */
export function inspectOutcomes(
  files: ReadingFiles,
  folder: string,
  { count, opened }: ChunkReport,
): FolderFault | undefined {
  const { id } = opened;
  if (!knownParts(files, folder, { id, count }).isCutShort) return undefined;
  return {
    path: outcomePath(folder, id),
    reason: 'what came of the parts of the chunk is damaged, or about another number of events',
    remedy: 'nothing: parts that are not known to be delivered are written again',
  };
}

function faultsIn(files: ReadingFiles, survey: FolderSurvey): FolderFault[] {
  const aside = unexplainedIn(survey);
  return isQuarantine(survey.folder) ? aside : [...ownFaults(files, survey), ...aside];
}

function ownFaults(files: ReadingFiles, { chunks, folder }: FolderSurvey): FolderFault[] {
  const faults: FolderFault[] = [];
  const identity = join(folder, 'store');
  if (readSmallFile(files, identity) !== undefined && readIdentity(files, folder) === undefined) {
    const remedy = 'the next start makes it anew, from the ids of the chunks';
    faults.push({ path: identity, reason: 'the identity of the store is damaged', remedy });
  }
  const origins = join(folder, 'origins');
  const snapshot = readSmallFile(files, origins);
  if (snapshot !== undefined && !restoreOrigins(new OriginTable(), snapshot)) {
    const reason =
      'the list of stored origins is damaged: what is offered again may be stored again';
    faults.push({ path: origins, reason, remedy: 'puts it aside; the next start makes a new one' });
  }
  for (const [index, { id }] of chunks.entries()) {
    if (id !== chunks[index - 1]?.id) continue;
    const reason = 'another file holds a chunk with the same id';
    faults.push({ path: join(folder, `${id}.staged`), reason, remedy: 'puts the file aside' });
  }
  return faults;
}

function unexplainedIn({ folder, quarantine }: FolderSurvey): FolderFault[] {
  const unexplained = quarantine.filter(({ isExplained }) => !isExplained);
  return unexplained.map(({ name }) => ({
    path: join(bufferFolderOf(folder), 'quarantine', name),
    reason: 'no file says why it is there',
    remedy: 'nothing: look at the bytes, and delete them when they are of no use',
  }));
}
