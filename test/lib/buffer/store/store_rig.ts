import type { FoundStaged, StoredChunk } from '../../../../lib/buffer/store/chunk_store.ts';
import { FileStore, type FileStoreSetup } from '../../../../lib/buffer/store/file_store.ts';
import type { Frame } from '../../../../lib/buffer/store/frame.ts';
import type { OriginPart } from '../../../../lib/buffer/store/frame_origin.ts';
import { createLog, type LogLine } from '../../../../lib/log.ts';
import { MetricRegistry } from '../../../../lib/metric/metric.ts';
import { TestClock } from '../../../../lib/testing/test_clock.ts';
import { CrashingDisk } from '../crashing_files.ts';

/** Where a store under test lies. */
export const folder = '/buffer';

/** Frames that a store could not make safe. */
export interface CutBack {
  readonly chunk: StoredChunk;
  readonly frames: readonly Frame[];
  readonly cause: Error;
}

/** A file store under test and all that it tells. */
export interface StoreRig {
  readonly store: FileStore;
  readonly staged: readonly FoundStaged[];
  readonly queued: readonly StoredChunk[];
  readonly origins: readonly OriginPart[];
  readonly cutBacks: readonly CutBack[];
  readonly lines: readonly LogLine[];
  metric(name: string): number;
}

/** Opens a store on a disk in memory, as the process that runs there now. */
export async function openStore(
  disk: CrashingDisk,
  overrides: Partial<FileStoreSetup> = {},
): Promise<StoreRig> {
  const origins: OriginPart[] = [];
  const cutBacks: CutBack[] = [];
  const lines: LogLine[] = [];
  const metrics = new MetricRegistry();
  const { store, found } = await FileStore.open({
    files: disk.process(),
    folder,
    durability: 'fsync',
    filePermission: 0o644,
    folderPermission: 0o755,
    outputId: 'out',
    clock: new TestClock(),
    log: createLog((line) => lines.push(line)),
    metrics,
    random: () => 0.5,
    listener: {
      onSnapshot: () => {},
      onOrigin: (origin) => void origins.push(origin),
      onCutBack: (chunk, frames, cause) => void cutBacks.push({ chunk, frames, cause }),
    },
    ...overrides,
  });
  const metric = (name: string): number =>
    metrics.read(`millrace_buffer_${name}`, { output: 'out' }) ?? 0;
  return { store, ...found, origins, cutBacks, lines, metric };
}

/** Ends the process that uses the disk; the next one does not find its lock. */
export function kill(disk: CrashingDisk): void {
  disk.kill();
  disk.delete(`${folder}/lock`);
}

/** A disk with nothing on it. */
export function emptyDisk(): CrashingDisk {
  return new CrashingDisk();
}

/** Begins a chunk of tag `a`. */
export function begin(store: FileStore): StoredChunk {
  const key = { tag: 'a', timekey: undefined, variables: new Map() };
  return store.begin({ createdMs: 1_700_000_000_000, tag: 'a', key, isFormatted: true });
}

/** A frame of one event, which is a text, and how often it was told that it is stored. */
export function frameOf(
  text: string,
  more: Partial<Frame> = {},
): Frame & { readonly stored: { times: number } } {
  const stored = { times: 0 };
  return {
    content: Buffer.from(text),
    count: 1,
    isCompressed: false,
    origin: undefined,
    onStored: () => {
      stored.times += 1;
    },
    ...more,
    stored,
  };
}

/** Positions `[n, n + 1)` of a source. */
export function originAt(n: number, more: Partial<OriginPart> = {}): OriginPart {
  return { source: 'log', epoch: 1, begin: n, end: n + 1, low: 0, part: 0, parts: 1, ...more };
}

/** All that is in a prepared chunk, joined. */
export async function textOf(store: FileStore, chunk: StoredChunk): Promise<string> {
  let text = '';
  for await (const { bytes } of store.pieces(chunk)) text += Buffer.from(bytes).toString();
  return text;
}

/** The names of the files in quarantine. */
export function quarantined(disk: CrashingDisk): string[] {
  const start = `${folder}/quarantine/`;
  return disk.paths
    .filter((path) => path.startsWith(start))
    .map((path) => path.slice(start.length));
}

/** The path of the only chunk file there is. */
export function onlyChunkPath(disk: CrashingDisk): string {
  const [path = '', ...others] = disk.paths.filter((each) =>
    /^\/buffer\/[0-9a-f]{32}\.(?:staged|queued)$/.test(each),
  );
  if (others.length > 0) throw new Error(`more than one chunk: ${path}, ${others.join(', ')}`);
  return path;
}
