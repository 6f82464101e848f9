import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { MetricRegistry } from '../../metric/metric.ts';
import { restoreOrigins } from '../origin_snapshot.ts';
import { OriginTable } from '../origin_table.ts';
import type { ChunkBeginning, StoredChunk } from '../store/chunk_store.ts';
import { FileStore } from '../store/file_store.ts';
import type { FileSystem } from '../store/file_system.ts';
import { Quarantine } from '../store/quarantine.ts';
import type { ContentPart, ContentRange } from './cutter.ts';

/** Where chunks are imported to, and with what. */
export interface TargetSetup {
  readonly files: FileSystem;
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/** With more than this not yet safe, the next append waits. */
const unsyncedLimitBytes = 32 * 1024 * 1024;

/**
 * The buffer that imported chunks go to. Each frame carries as its origin the Fluentd chunk and the bytes of it that it
 * holds; so what is imported again is known, also when it was delivered long ago.
 */
export class ImportTarget {
  readonly quarantine: Quarantine;
  readonly #store: FileStore;
  readonly #table: OriginTable;
  readonly #lost: Error[];

  private constructor(store: FileStore, table: OriginTable, quarantine: Quarantine, lost: Error[]) {
    this.#store = store;
    this.#table = table;
    this.quarantine = quarantine;
    this.#lost = lost;
  }

  /** @throws MR_BUFFER when another process uses the folder, or it cannot be made or written */
  static async open(setup: TargetSetup): Promise<ImportTarget> {
    const { clock, files, folder, log } = setup;
    const table = new OriginTable();
    const lost: Error[] = [];
    const { store } = await FileStore.open({
      ...setup,
      durability: 'fsync',
      filePermission: 0o644,
      folderPermission: 0o755,
      outputId: 'import',
      metrics: new MetricRegistry(),
      listener: {
        onSnapshot: (snapshot) => {
          if (restoreOrigins(table, snapshot)) return;
          log.warn(
            `the list of what was stored in ${folder} is damaged: chunks may be imported twice`,
          );
        },
        onOrigin: (origin) => table.add(origin),
        onCutBack: (_chunk, _frames, cause) => void lost.push(cause),
      },
    });
    const now = (): string => new Date(clock.nowMs()).toISOString();
    return new ImportTarget(store, table, new Quarantine(files, folder, now), lost);
  }

  /** Up to where the content of a Fluentd chunk is stored without a gap. */
  storedUpTo(fluentdId: string): number {
    const [end = 0] = this.#table.storedEnds(sourceOf(fluentdId));
    return this.#table.isStored(originOf(fluentdId, { begin: 0, end })) ? end : 0;
  }

  /** Whether a part of a Fluentd chunk is stored. */
  isStored(fluentdId: string, part: ContentRange): boolean {
    return this.#table.isStored(originOf(fluentdId, part));
  }

  begin(beginning: ChunkBeginning): StoredChunk {
    return this.#store.begin(beginning);
  }

  /** Resolves when there is room for more. @throws MR_BUFFER when it cannot be written */
  async append(chunk: StoredChunk, fluentdId: string, part: ContentPart): Promise<void> {
    const { content, count } = part;
    const frame = {
      content,
      count,
      isCompressed: false,
      origin: { ...originOf(fluentdId, part), part: 0, parts: 1 },
      onStored: () => {},
    };
    while (!this.#store.append(chunk, frame)) await this.#store.settled();
    if (this.#store.unsyncedBytes > unsyncedLimitBytes) await this.#store.settled();
  }

  /** No more will come. */
  seal(chunk: StoredChunk): void {
    this.#store.seal(chunk);
  }

  /** Resolves when sealed chunks would survive a power cut. @throws what kept them from it */
  async settle(chunks: readonly StoredChunk[]): Promise<void> {
    await this.#store.settled();
    await Promise.all(chunks.map((chunk) => this.#store.prepare(chunk)));
    const [cause] = this.#lost;
    if (cause !== undefined) throw cause;
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

function sourceOf(fluentdId: string): string {
  return `fluentd:${fluentdId}`;
}

function originOf(fluentdId: string, { begin, end }: ContentRange) {
  return { source: sourceOf(fluentdId), epoch: 0, begin, end, low: 0 };
}
