import type { Shape } from '../../lib/option/option.ts';
import type { Kind } from '../../lib/plugin/contract.ts';

/** A plugin file with what it exports. */
export interface FoundPlugin {
  readonly path: string;
  readonly plugin: unknown;
}

/** The kinds that a folder of plugins may hold. */
const kindsOf: { readonly [folder: string]: Kind } = {
  'connectors/input': 'input',
  'connectors/output': 'output',
  'connectors/filter': 'filter',
  'connectors/discovery': 'discovery',
  'operators/filter': 'filter',
  'operators/parser': 'parser',
  'operators/formatter': 'formatter',
  'operators/route': 'route',
  'operators/transform': 'operator',
};

/** Every plugin that lacks its name, its kind, its test, its README line or a doc, one line each. */
export function judgePlugins(
  plugins: readonly FoundPlugin[],
  testPaths: ReadonlySet<string>,
  readme: string,
): string[] {
  const listed = listedPlugins(readme);
  const expected = new Set<string>();
  const faults = plugins.flatMap(({ path, plugin }) => {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const type = path.slice(folder.length + 1, -'.ts'.length);
    const kind = kindsOf[folder];
    if (kind === undefined) return [`${path}: no kind of plugin lies in \`${folder}\``];
    if (!isPlugin(plugin)) return [`${path}: its default export is no plugin`];
    expected.add(`${kind} ${type}`);
    const wrong: string[] = [];
    if (plugin.type !== type) wrong.push(`its type is \`${plugin.type}\`, not its file's name`);
    if (plugin.kind !== kind) wrong.push(`its kind is \`${plugin.kind}\`, not its folder's`);
    if (plugin.doc.trim() === '') wrong.push('it has no doc');
    if (!testPaths.has(`test/${folder}/${type}.test.ts`)) wrong.push('it has no test');
    if (!listed.has(`${kind} ${type}`)) wrong.push('it has no line in the README');
    for (const option of undocumented(plugin.options)) {
      wrong.push(`its option \`${option}\` has no doc`);
    }
    return wrong.map((each) => `${path}: ${each}`);
  });
  const stale = [...listed].filter((line) => !expected.has(line));
  return [...faults, ...stale.map((line) => `README.md: lists \`${line}\`, which does not exist`)];
}

/** `kind type` of each row `| kind | \`type\` | ... |` of the README's table of plugins. */
function listedPlugins(readme: string): Set<string> {
  const rows = readme.matchAll(/^\| *([a-z]+) *\| *`([a-z0-9_]+)` *\|/gm);
  const kinds = new Set<string>(Object.values(kindsOf));
  const own = [...rows].filter(([, kind = '']) => kinds.has(kind));
  return new Set(own.map(([, kind = '', type = '']) => `${kind} ${type}`));
}

function undocumented(shape: Shape, prefix = ''): string[] {
  return Object.entries(shape).flatMap(([key, option]) => {
    const own = option.doc.trim() === '' ? [prefix + key] : [];
    const inner = option.form === 'section' ? undocumented(option.shape, `${prefix}${key}.`) : [];
    return [...own, ...inner];
  });
}

interface Described {
  readonly kind: string;
  readonly type: string;
  readonly doc: string;
  readonly options: Shape;
}

function isPlugin(value: unknown): value is Described {
  if (typeof value !== 'function') return false;
  return 'kind' in value && 'type' in value && 'doc' in value && 'options' in value;
}
