import { bufferOptions } from '../buffer/options.ts';
import { systemOptions } from '../config/compile_system.ts';
import { MillraceError } from '../error.ts';
import { shapeSchema } from '../option/json_schema.ts';
import { nearest } from '../option/nearest.ts';
import type { Option, Shape } from '../option/option.ts';
import { toSnake } from '../option/spelling.ts';
import { Catalog } from '../plugin/catalog.ts';
import { allPlugins } from './all_plugins.ts';
import { exitCodes, type Terminal } from './terminal.ts';
import { textTable } from './text_table.ts';

export interface DocOptions {
  readonly plugin: readonly string[];
  readonly kind?: string;
  readonly json?: boolean;
}

/** What has options: a plugin, or a section that no plugin owns. */
interface Documented {
  readonly kind: string;
  readonly type: string;
  readonly doc: string;
  readonly options: Shape;
}

const ownSections: readonly Documented[] = [
  {
    kind: 'section',
    type: 'buffer',
    doc: 'The section <buffer KEYS> of an output: events are kept in chunks until they are delivered. Its `@type` is `memory` or `file`; KEYS are `tag`, `time` and record fields, separated by commas: events that differ in them lie in different chunks.',
    options: bufferOptions,
  },
  {
    kind: 'section',
    type: 'system',
    doc: 'The section <system>: what concerns the whole process.',
    options: systemOptions,
  },
];

/** `millrace doc TYPE`: the options of every plugin of that type, as declared. */
export async function doc(type: string, options: DocOptions, terminal: Terminal): Promise<number> {
  const { kind } = options;
  const all = [...(await allPlugins(new Catalog(options.plugin))), ...ownSections];
  const found = all.filter(
    (plugin) => plugin.type === type && (kind === undefined || plugin.kind === kind),
  );
  if (found.length === 0) throw notFound(type, kind, all);
  if (options.json === true) {
    const schemas = found.map(pluginSchema);
    terminal.out.write(
      `${JSON.stringify(schemas.length === 1 ? schemas[0] : schemas, undefined, 2)}\n`,
    );
  } else terminal.out.write(found.map(describePlugin).join('\n'));
  return exitCodes.ok;
}

function notFound(
  type: string,
  kind: string | undefined,
  all: readonly Documented[],
): MillraceError {
  const near = nearest(type, new Set(all.map((plugin) => plugin.type)));
  const hint =
    near === undefined ? '`millrace plugins` lists them all' : `did you mean \`${near}\`?`;
  return new MillraceError('MR_PLUGIN', `there is no ${kind ?? 'plugin'} \`${type}\``, { hint });
}

function pluginSchema({ kind, type, doc: description, options }: Documented): object {
  const schema = shapeSchema(options, toSnake);
  const head = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `${kind} ${type}`,
    description,
  };
  if (kind === 'section') return { ...head, ...schema };
  const { properties, required = [], ...rest } = schema;
  return {
    ...head,
    ...rest,
    properties: { '@type': { const: type }, ...asObject(properties) },
    required: ['@type', ...(Array.isArray(required) ? required : [])],
  };
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function describePlugin({ kind, type, doc: text, options }: Documented): string {
  const rows = optionRows(options, 0);
  const table =
    rows.length === 0
      ? 'It has no options.\n'
      : textTable([['OPTION', 'TYPE', 'DEFAULT', ''], ...rows]);
  const more = kind === 'output' ? '\nIt takes a <buffer> too: `millrace doc buffer`.\n' : '';
  return `${kind} ${type}\n\n${textTable([[text]])}\n${table}${more}`;
}

function optionRows(shape: Shape, depth: number): string[][] {
  return Object.entries(shape).flatMap(([key, option]) => {
    const isSection = option.form !== 'value';
    const name = `${'  '.repeat(depth)}${isSection ? `<${toSnake(key)}>` : toSnake(key)}`;
    const own = [name, typeOf(option), defaultOf(option), docOf(option)];
    const inner = option.form === 'section' ? optionRows(option.shape, depth + 1) : [];
    return [own, ...inner];
  });
}

function typeOf(option: Option<unknown, unknown>): string {
  if (option.form === 'value') return option.type;
  const what = option.form === 'plugin' ? option.kind : 'section';
  return option.form !== 'free' && option.isRepeated ? `${what}, repeated` : what;
}

function defaultOf(option: Option<unknown, unknown>): string {
  if (option.isRequired) return '(required)';
  if (option.form === 'value') return option.defaultText ?? '';
  return option.form === 'plugin' ? (option.defaultType ?? '') : '';
}

function docOf(option: Option<unknown, unknown>): string {
  const notes: string[] = [];
  if (option.aliases.length > 0) notes.push(`Also: ${option.aliases.map(toSnake).join(', ')}.`);
  if (option.form === 'value' && option.isSecret) notes.push('Never printed.');
  return [option.doc, ...notes].join(' ');
}
