import { headLength } from '../../../../lib/buffer/store/chunk_head.ts';
import type { Frame } from '../../../../lib/buffer/store/frame.ts';
import { type ChunkReport, examine } from '../../../../lib/buffer/survey/examine.ts';
import { surveyFolder } from '../../../../lib/buffer/survey/folder.ts';
import { eachChunk } from '../../../../lib/buffer/survey/open_chunk.ts';
import { readParts } from '../../../../lib/buffer/survey/parts.ts';
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
} from '../store/store_rig.ts';

/** The events of the chunk that the tests damage. */
export const texts = ['first ', 'second ', 'third '];

/** A disk with one chunk of three frames, which its process left, and where its head, its frames and its footer begin. */
export async function diskWithChunk(
  isSealed: boolean,
  more: Partial<Frame> = {},
): Promise<{ disk: CrashingDisk; path: string; layout: readonly number[] }> {
  const disk = emptyDisk();
  const { store } = await openStore(disk);
  const chunk = begin(store);
  for (const [n, text] of texts.entries()) {
    store.append(chunk, frameOf(text, { origin: originAt(n), ...more }));
  }
  if (isSealed) store.seal(chunk);
  await store.settled();
  kill(disk);
  const path = onlyChunkPath(disk);
  return { disk, path, layout: layoutOf(disk.contentOf(path)) };
}

/** The reports on all chunks of the folder, and what their whole frames hold. */
export async function examineAll(
  disk: CrashingDisk,
): Promise<readonly { report: ChunkReport; text: string }[]> {
  const files = disk.process();
  const { chunks } = surveyFolder(files, folder);
  const found: { report: ChunkReport; text: string }[] = [];
  const look = async (opened: Parameters<typeof examine>[1]) => {
    const report = await examine(files, opened);
    let text = '';
    for await (const part of readParts(files, report)) {
      text += 'piece' in part ? Buffer.from(part.piece.bytes).toString() : '|';
    }
    return { report, text };
  };
  for await (const each of eachChunk(files, folder, chunks, look)) {
    if ('error' in each) throw each.error;
    found.push(each.seen);
  }
  return found;
}

function layoutOf(bytes: Buffer): readonly number[] {
  const bounds = [0, headLength(bytes) ?? 0];
  for (let at = bytes.indexOf('MRF1'); at >= 0; at = bytes.indexOf('MRF1', at + 1)) {
    if (at > (bounds.at(-1) ?? 0)) bounds.push(at);
  }
  const footer = bytes.indexOf('MRE1');
  if (footer >= 0) bounds.push(footer);
  return [...bounds, bytes.length];
}
