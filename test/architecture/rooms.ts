/**
 * The rows of the design: a file imports lower rows and its own room. What plugins are (`contract`, types only)
 * lies below what they run on; what defines them lies above, for a plugin by itself is a Node stream too.
 */
const rows: readonly (readonly string[])[] = [
  ['error', 'clock', 'log'],
  ['event', 'metric'],
  ['codec', 'option', 'fleet'],
  ['contract', 'net', 'file'],
  ['buffer', 'stream'],
  ['plugin'],
  ['plan'],
  ['config', 'graph'],
  ['process'],
  ['cli', 'testing'],
];
/** Plugins and stores import these rows; plugins also what defines them. */
const lastPluginRow = 3;
const contractFile = 'lib/plugin/contract.ts';
/** Rooms of `lib` that reach outside of the process: nothing in `operators/` may use them. */
const outside = ['net', 'file'];

/** Where a file lies, as far as imports care. */
interface Room {
  readonly kind: 'lib' | 'surface' | 'store' | 'operators' | 'connectors';
  /** `lib/codec`, `operators/filter/grep`, ...: files of one room may import each other. */
  readonly name: string;
  readonly row: number;
}

/** The room of a path, or undefined when no row of the design has a place for it. */
export function roomOf(path: string): Room | undefined {
  const [top, second = '', ...rest] = path.split('/');
  if (path === contractFile) return { kind: 'lib', name: contractFile, row: lastPluginRow };
  if (top === 'operators' || top === 'connectors') {
    return { kind: top, name: path, row: lastPluginRow + 1 };
  }
  if (top !== 'lib') return undefined;
  if (path === 'lib/index.ts') return { kind: 'surface', name: path, row: rows.length };
  if (second === 'buffer' && rest[0] === 'store' && rest.length > 1) {
    return { kind: 'store', name: 'lib/buffer/store', row: lastPluginRow + 1 };
  }
  const isRoot = rest.length === 0;
  const word = isRoot ? second.replace(/\.ts$/, '') : second;
  const row = rows.findIndex((words) => words.includes(word));
  // Row 0 is files directly in `lib`, all other rows are folders.
  if (row < 0 || (row === 0) !== isRoot) return undefined;
  return { kind: 'lib', name: isRoot ? 'lib' : `lib/${word}`, row };
}

/** Why a file may not import another one, or undefined when it may. */
export function whyNotImport(from: string, to: string): string | undefined {
  const here = roomOf(from);
  const there = roomOf(to);
  if (here === undefined) return `\`${from}\` lies in no room of the design`;
  if (there === undefined) return `\`${to}\` lies in no room of the design`;
  if (here.name === there.name) return undefined;
  const isPlugin = here.kind === 'operators' || here.kind === 'connectors';
  if (there.kind === 'surface') return 'nothing inside imports the public surface';
  if (there.kind === 'operators' || there.kind === 'connectors') {
    return isPlugin
      ? 'plugins never import each other: what two share moves down a row'
      : 'lib never imports a plugin';
  }
  // The policy above a store is the store's own room; the store does not know it.
  if (there.kind === 'store') {
    return here.name === 'lib/buffer' || here.row > there.row ? undefined : upward(here, there);
  }
  if (isPlugin && there.name === 'lib/plugin') return undefined;
  if (here.kind === 'operators' && outside.some((word) => there.name === `lib/${word}`)) {
    return 'operators touch nothing outside of the process';
  }
  return there.row < here.row ? undefined : upward(here, there);
}

function upward(here: Room, there: Room): string {
  return `${there.name} (row ${there.row}) is not below ${here.name} (row ${here.row})`;
}
