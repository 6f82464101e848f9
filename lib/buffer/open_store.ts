import type { BufferSetup } from './buffer_setup.ts';
import { restoreOrigins } from './origin_snapshot.ts';
import type { OriginTable } from './origin_table.ts';
import type { ChunkStore, Found, StoreListener } from './store/chunk_store.ts';
import { realFiles } from './store/file_system.ts';

/** A store in use, and what was in it. */
export interface OpenedStore {
  readonly store: ChunkStore;
  readonly found: Found;
}

/**
 * Opens the store that the plan names, and brings the table up to what it tells.
 * @throws MR_BUFFER when another process uses the folder, or it cannot be made or written
 */
export async function openStore(
  setup: BufferSetup,
  table: OriginTable,
  onCutBack: StoreListener['onCutBack'],
): Promise<OpenedStore> {
  const { clock, id, log, metrics, plan, random } = setup;
  const { durability, filePermission, dirPermission } = plan.options;
  if (plan.store === 'memory' || plan.path === undefined) {
    const { MemoryStore } = await import('./store/memory_store.ts');
    return {
      store: new MemoryStore(clock.nowMs(), random),
      found: { staged: [], queued: [] },
    };
  }
  const { FileStore } = await import('./store/file_store.ts');
  return FileStore.open({
    files: setup.files ?? realFiles,
    folder: plan.path,
    durability: durability === 'fsync' ? 'fsync' : 'os',
    filePermission: Number.parseInt(filePermission, 8),
    folderPermission: Number.parseInt(dirPermission, 8),
    outputId: id,
    ...{ clock, log, metrics, random },
    listener: {
      onSnapshot: (snapshot) => {
        if (restoreOrigins(table, snapshot)) return;
        log.error(
          `the list of stored origins in ${plan.path} is damaged: what is offered again may be stored again`,
        );
      },
      onOrigin: (origin) => table.add(origin),
      onCutBack,
    },
  });
}
