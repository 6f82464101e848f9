import { repairFolder } from '../../../../lib/buffer/repair/repair.ts';
import type { Mended, RepairReport } from '../../../../lib/buffer/repair/report.ts';
import { headLength } from '../../../../lib/buffer/store/chunk_head.ts';
import { examine } from '../../../../lib/buffer/survey/examine.ts';
import { surveyFolder } from '../../../../lib/buffer/survey/folder.ts';
import { eachChunk } from '../../../../lib/buffer/survey/open_chunk.ts';
import type { CrashingDisk } from '../crashing_files.ts';
import {
  begin,
  emptyDisk,
  folder,
  frameOf,
  kill,
  onlyChunkPath,
  openStore,
  originAt,
  type StoreRig,
  textOf,
} from '../store/store_rig.ts';

/** What the chunks of these tests hold, frame by frame. */
export const texts = ['first ', 'second ', 'third '];

/** A disk with one chunk of three frames, which its process left. */
export async function diskWithChunk(
  isSealed: boolean,
): Promise<{ readonly disk: CrashingDisk; readonly path: string }> {
  const disk = emptyDisk();
  const { store } = await openStore(disk);
  const chunk = begin(store);
  for (const [n, text] of texts.entries()) {
    store.append(chunk, frameOf(text, { origin: originAt(n) }));
  }
  if (isSealed) store.seal(chunk);
  await store.settled();
  kill(disk);
  return { disk, path: onlyChunkPath(disk) };
}

/** Where the head, each frame, the footer if there is one, and the file end. */
export function endsIn(bytes: Buffer): readonly number[] {
  const bounds = [headLength(bytes) ?? 0];
  for (let at = bytes.indexOf('MRF1'); at >= 0; at = bytes.indexOf('MRF1', at + 1)) {
    if (at > (bounds.at(-1) ?? 0)) bounds.push(at);
  }
  const footer = bytes.indexOf('MRE1');
  if (footer >= 0) bounds.push(footer);
  return [...bounds, bytes.length];
}

/** Takes everything off the buffer's folder and puts one file there. */
export function putOnly(disk: CrashingDisk, path: string, bytes: Uint8Array): void {
  for (const each of disk.paths) if (each.startsWith(folder)) disk.delete(each);
  disk.put(path, bytes);
}

/** Repairs the folder as a process of its own. */
export function repair(
  disk: CrashingDisk,
  more: { readonly tag?: string; readonly isDryRun?: boolean } = {},
): Promise<RepairReport> {
  const { tag, isDryRun = false } = more;
  return repairFolder({ files: disk.process(), folder, tag, isDryRun, now: () => 'now' });
}

/** Each damage that a survey finds in the folder's chunks. */
export async function damagesIn(disk: CrashingDisk, where = folder): Promise<string[]> {
  const files = disk.process();
  const { chunks } = surveyFolder(files, where);
  const found: string[] = [];
  for await (const each of eachChunk(files, where, chunks, (opened) => examine(files, opened))) {
    if ('error' in each) found.push(each.error.message);
    else found.push(...each.seen.damages.map(({ kind }) => kind));
  }
  return found;
}

/** What a store that is opened on the folder now holds, in order, and what it complains of. */
export async function delivered(
  disk: CrashingDisk,
  where = folder,
): Promise<{ readonly text: string; readonly rig: StoreRig; readonly complaints: string[] }> {
  const rig = await openStore(disk, { folder: where });
  let text = '';
  for (const { chunk } of rig.staged) rig.store.seal(chunk);
  const chunks = [...rig.queued, ...rig.staged.map(({ chunk }) => chunk)];
  for (const chunk of chunks.sort((one, other) => (one.id < other.id ? -1 : 1))) {
    const head = await rig.store.prepare(chunk);
    if (head !== undefined && chunk.count > 0) text += await textOf(rig.store, chunk);
  }
  const complaints = rig.lines
    .filter(({ level }) => level === 'error' || level === 'warn')
    .map(({ message }) => message);
  disk.kill();
  disk.delete(`${where}/lock`);
  return { text, rig, complaints };
}

/** What lies in quarantine, by the names of stretches and files, without reasons. */
export function keptIn(disk: CrashingDisk): Map<string, string> {
  const start = `${folder}/quarantine/`;
  const names = disk.paths.filter(
    (path) => path.startsWith(start) && !path.endsWith('.reason.json'),
  );
  return new Map(
    names.map((path) => [path.slice(start.length), disk.contentOf(path).toString('latin1')]),
  );
}

/** What was done, by remedies. */
export function remediesOf(mended: readonly Mended[]): string[] {
  return mended.map(({ remedy }) => remedy);
}
