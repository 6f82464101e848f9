import { spawnSync } from 'node:child_process';

/** A command that runs another one, which sees a disk of its own at `$1`. */
export function withSmallDisk(megabytes: number): readonly string[] {
  const mount = `mount -t tmpfs -o size=${megabytes}m none "$1" && shift && exec "$@"`;
  return ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount, '-'];
}

/** Why there can be no such disk; false when there can. */
export function whyNoDisk(): string | false {
  const [command = '', ...words] = [...withSmallDisk(1), '/mnt', 'true'];
  return spawnSync(command, words).status === 0 ? false : 'needs a user namespace';
}
