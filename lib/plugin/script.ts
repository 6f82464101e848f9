import { MillraceError, toError } from '../error.ts';
import { givenTexts, keepGiven } from '../option/given_text.ts';
import type { Parsed, Shape } from '../option/option.ts';
import { Catalog, isOfKind } from './catalog.ts';
import {
  type AnyPlugin,
  anyPlugin,
  defineFilter,
  defineOperator,
  type PluginCall,
} from './define.ts';
import { fillCall } from './fill_defaults.ts';
import { loadUserExport } from './user_module.ts';
import {
  functionPlugin,
  operatorPlugin,
  readUserCode,
  type StageName,
  transformPlugin,
} from './user_stage.ts';

/** The options of a script, as its plugin reads them. */
export interface ScriptOptions extends Parsed<Shape> {
  readonly path: string;
  readonly export: string;
  readonly with: ReadonlyMap<string, string>;
}

type Script = AnyPlugin<'filter'> | AnyPlugin<'operator'>;

/**
 * The plugin that a script is, with its options: a filter where it is a function on entries, else an operator.
 * @throws MR_PLUGIN when the module cannot be loaded, and when what it exports is no stage
 */
export async function findScript(
  name: StageName,
  given: ScriptOptions,
  folder: string,
): Promise<PluginCall<'filter' | 'operator'>> {
  const { path, value } = await loadUserExport(given.path, given.export, folder);
  try {
    const made = given.with.size === 0 ? value : await makeStage(value, given.with);
    const options = { ...given, path };
    // Whoever prints it may read it in another folder.
    keepGiven(options, new Map(givenTexts(given)).set('path', path));
    return { plugin: await scriptPlugin(name, made), options };
  } catch (thrown) {
    const { message } = toError(thrown);
    const hint = thrown instanceof MillraceError ? thrown.hint : undefined;
    const what = `\`${given.export}\` of ${path} is no stage: ${message}`;
    throw new MillraceError('MR_PLUGIN', what, { cause: thrown, hint });
  }
}

/** Calls an export that makes a stage of texts. */
async function makeStage(value: unknown, texts: ReadonlyMap<string, string>): Promise<unknown> {
  if (typeof value === 'function') return value(Object.fromEntries(texts));
  throw new MillraceError('MR_PLUGIN', 'it is no function, and `<with>` has texts for one');
}

async function scriptPlugin(name: StageName, value: unknown): Promise<Script> {
  const code = readUserCode(value);
  switch (code.form) {
    case 'function':
      return functionPlugin(name, code.run);
    case 'generator':
      return operatorPlugin(name, code.run);
    case 'transform':
      return transformPlugin(name, code.make);
    case 'call':
      return calledPlugin(name, code.call);
  }
}

/** A plugin that was called with its options, under the name of the script. */
async function calledPlugin(
  name: StageName,
  call: PluginCall<'filter' | 'operator'>,
): Promise<Script> {
  const catalog = new Catalog();
  const { plugin, options } = await fillCall(call, (kind, type) => catalog.load(kind, type));
  if (isOfKind(plugin, 'operator')) {
    const { losesLineage = false } = plugin;
    const create: typeof plugin.create = (_, context) => plugin.create(options, context);
    return anyPlugin(defineOperator({ ...name, losesLineage, create }));
  }
  if (isOfKind(plugin, 'filter')) {
    const create: typeof plugin.create = (_, context) => plugin.create(options, context);
    return anyPlugin(defineFilter({ ...name, create }));
  }
  throw new MillraceError('MR_PLUGIN', `a ${plugin.kind} is no stage`);
}
