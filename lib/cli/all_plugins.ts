import type { Catalog } from '../plugin/catalog.ts';
import type { Kind } from '../plugin/contract.ts';
import type { AnyPlugin } from '../plugin/define.ts';

/** Every kind, in the order in which a document lists them. */
export const kinds = [
  'input',
  'filter',
  'route',
  'output',
  'parser',
  'formatter',
  'operator',
  'discovery',
] as const satisfies readonly Kind[];

/** Every plugin of a catalog, by kind and then by type. @throws MR_PLUGIN when one cannot be loaded */
export async function allPlugins(catalog: Catalog): Promise<AnyPlugin[]> {
  const found: AnyPlugin[] = [];
  for (const kind of kinds) {
    for (const type of await catalog.types(kind)) found.push(await catalog.load(kind, type));
  }
  return found;
}
