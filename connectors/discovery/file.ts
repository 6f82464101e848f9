import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { MillraceError, toError } from '../../lib/error.ts';
import { repeat } from '../../lib/net/repeat.ts';
import * as option from '../../lib/option/declare.ts';
import { toCamel } from '../../lib/option/spelling.ts';
import type { FoundServer } from '../../lib/plugin/contract.ts';
import { defineDiscovery } from '../../lib/plugin/define.ts';
import { readShape } from '../../lib/plugin/read_given.ts';
import { serverOf, serverOptions } from '../../lib/plugin/server_options.ts';

const options = {
  path: option.string({
    doc: 'A YAML or JSON file (by its ending) with a list of servers: `host`, `port`, `name`, `weight`, `standby`, `username`, `password`, `shared_key`.',
    required: true,
  }),
  confEncoding: option.oneOf(['utf-8', 'utf8'], {
    doc: 'The encoding of the file: UTF-8 only.',
    default: 'utf-8',
  }),
  refreshInterval: option.duration({
    doc: 'How often the file is looked at for changes.',
    default: 1000,
  }),
};

export default defineDiscovery({
  type: 'file',
  doc: 'Servers that are listed in a file, which may change at any time. A new content that cannot be read, or is an empty list, is refused with a warning, and the servers stay as they were.',
  options,
  create({ path, refreshInterval }, { clock, log }) {
    return {
      async start(tell, signal) {
        let known = await stampOf(path);
        let last = known;
        tell(await readServers(path));
        repeat(clock, refreshInterval, signal, async () => {
          const stamp = await stampOf(path);
          // A file that still changes may be half written: half a list is a list too.
          const isStill = stamp === last;
          last = stamp;
          if (stamp === known || !isStill) return;
          known = stamp;
          try {
            tell(await readServers(path));
          } catch (error) {
            log.warn('the new servers are refused, and those that were there stay', { error });
          }
        });
      },
    };
  },
});

/** A file that is gone for a moment is one that is being replaced: its stamp is empty, and it cannot be read. */
async function stampOf(path: string): Promise<string> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
}

/** @throws MR_IO when the file cannot be read or is no list of servers */
async function readServers(path: string): Promise<readonly FoundServer[]> {
  try {
    const list = await parse(path, await readFile(path, 'utf8'));
    if (!Array.isArray(list)) throw new Error('expected a list of servers');
    return list.map((each, index) => {
      const owner = `server ${index + 1}`;
      return serverOf(readShape(serverOptions, inCamelCase(each), owner));
    });
  } catch (thrown) {
    const cause = toError(thrown);
    const hint = cause instanceof MillraceError ? cause.hint : undefined;
    throw new MillraceError('MR_IO', `${path}: ${cause.message}`, { cause, hint });
  }
}

/** The YAML library is loaded only for YAML. */
async function parse(path: string, text: string): Promise<unknown> {
  if (extname(path) === '.json') return JSON.parse(text);
  const { parse: parseYaml } = await import('yaml');
  return parseYaml(text);
}

function inCamelCase(given: unknown): unknown {
  if (typeof given !== 'object' || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [toCamel(key), value]));
}
