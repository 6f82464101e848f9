import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { glob } from './glob.ts';

/** All that a configuration may ask of the world, so that reading one depends on nothing else. */
export interface ConfigContext {
  readonly env: { readonly [name: string]: string | undefined };
  readonly hostname: string;
  /** Undefined where no worker has been chosen yet; `worker_id` is then an empty text. */
  readonly workerId: number | undefined;
  /**
   * The text of a file.
   * @throws the file system's error, and TypeError when the bytes are not UTF-8
   */
  readFile(path: string): string;
  /** The existing paths that match, sorted by their bytes; `folder` is taken literally and leads each path. */
  glob(pattern: string, folder: string): readonly string[];
}

/** The context of this process. */
export function processContext(): ConfigContext {
  const worker = process.env['SERVERENGINE_WORKER_ID'];
  return {
    env: process.env,
    hostname: hostname(),
    workerId: worker === undefined || worker === '' ? undefined : Number(worker),
    readFile: (path) => new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)),
    glob,
  };
}
