import { Catalog } from '../plugin/catalog.ts';
import { allPlugins } from './all_plugins.ts';
import { exitCodes, type Terminal } from './terminal.ts';
import { textTable } from './text_table.ts';

export interface PluginsOptions {
  readonly plugin: readonly string[];
  readonly json?: boolean;
}

/** `millrace plugins`: a line for each plugin there is. */
export async function plugins(options: PluginsOptions, terminal: Terminal): Promise<number> {
  const found = (await allPlugins(new Catalog(options.plugin))).map(({ kind, type, doc }) => ({
    kind,
    type,
    doc,
  }));
  if (options.json === true) terminal.out.write(`${JSON.stringify(found, undefined, 2)}\n`);
  else {
    const rows = found.map(({ kind, type, doc }) => [kind, type, doc]);
    terminal.out.write(textTable([['KIND', 'TYPE', 'WHAT IT DOES'], ...rows]));
  }
  return exitCodes.ok;
}
