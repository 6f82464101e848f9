import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemCode } from '../error.ts';

/** Makes a folder and those above it where they are missing, all of them durable. `mode` is subject to the umask. */
export async function makeFolder(folder: string, mode = 0o755): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode });
  if (first === undefined) return;
  const above = dirname(resolve(first));
  for (let each = resolve(folder); each !== dirname(each); each = dirname(each)) {
    await syncFolder(each);
    if (each === above) return;
  }
}

/** What says that a folder cannot be synced at all: not its owner's, or not a thing that its file system does. */
const cannotSync = new Set(['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP']);

/** Makes what was created, renamed or removed in a folder durable, as far as its file system allows. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!cannotSync.has(systemCode(error) ?? '')) throw error;
  }
}
