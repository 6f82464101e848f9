import { headLength } from '../../../../lib/buffer/store/chunk_head.ts';
import type { CrashingDisk } from '../crashing_files.ts';
import {
  begin,
  emptyDisk,
  frameOf,
  kill,
  onlyChunkPath,
  openStore,
  originAt,
  type StoreRig,
  textOf,
} from './store_rig.ts';

/** What is in the frames of a chunk under test. */
export const texts = ['first ', 'second ', 'third '];

/** A disk with one chunk, of three frames unless given, which its process left. */
export async function diskWithChunk(
  isSealed: boolean,
  contents: readonly string[] = texts,
): Promise<{ disk: CrashingDisk; path: string }> {
  const disk = emptyDisk();
  const { store } = await openStore(disk);
  const chunk = begin(store);
  for (const [n, text] of contents.entries()) {
    store.append(chunk, frameOf(text, { origin: originAt(n) }));
  }
  if (isSealed) store.seal(chunk);
  await store.settled();
  kill(disk);
  return { disk, path: onlyChunkPath(disk) };
}

/** What a store that was opened holds, in order; staged chunks are sealed for that. */
export async function contentOf({ store, staged, queued }: StoreRig): Promise<string> {
  let text = '';
  for (const { chunk } of staged) store.seal(chunk);
  for (const chunk of [...queued, ...staged.map((each) => each.chunk)]) {
    const head = await store.prepare(chunk);
    if (head !== undefined && chunk.count > 0) text += await textOf(store, chunk);
  }
  return text;
}

/** The stretches of the head, of the frames, and of the footer if there is one. */
export function layoutOf(bytes: Buffer): readonly number[] {
  const bounds = [0, headLength(bytes) ?? 0];
  for (let at = bytes.indexOf('MRF1'); at >= 0; at = bytes.indexOf('MRF1', at + 1)) {
    if (at > (bounds.at(-1) ?? 0)) bounds.push(at);
  }
  const footer = bytes.indexOf('MRE1');
  if (footer >= 0) bounds.push(footer);
  return [...bounds, bytes.length];
}
