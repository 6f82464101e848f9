import { Duplex } from 'node:stream';
import { MillraceError } from '../error.ts';
import type { Entry } from '../event/entry.ts';
import type { Operator } from './contract.ts';
import {
  type AnyPlugin,
  anyPlugin,
  defineFilter,
  defineOperator,
  type PluginCall,
} from './define.ts';
import { entryOperator } from './entry_operator.ts';
import { guardOperator } from './guard_operator.ts';
import { transformStage } from './transform_stage.ts';
import { guardFilter } from './user_code.ts';

/**
 * User code as a stage of its own: an async generator from batches to batches; a function without parameters that
 * makes a Node Transform in object mode, which gets and gives entries with their tags (`TaggedEntry`); or an
 * operator that was called with its options, such as `highland(...)`.
 */
export type UserStage = Operator | (() => Duplex) | PluginCall<'operator'>;

/** What user code is called in a plan, and by which shape the options beside it are read. */
export type StageName = Pick<AnyPlugin, 'type' | 'doc' | 'options'>;

/** What a value is as user code, as far as can be seen without calling it. */
export type UserCode =
  | { readonly form: 'call'; readonly call: PluginCall<'filter' | 'operator'> }
  | { readonly form: 'generator'; readonly run: Operator }
  | { readonly form: 'transform'; readonly make: () => unknown }
  /** A function with parameters: on entries, or from batches to batches. */
  | { readonly form: 'function'; readonly run: Operator & EntryFunction };

type EntryFunction = (entry: Entry, tag: string) => unknown;
type UserFunction = Operator & EntryFunction & (() => unknown) & { readonly prototype?: unknown };

/** @throws MR_PLUGIN when it is nothing that a stage can be made of, saying what would be */
export function readUserCode(value: unknown): UserCode {
  if (isCall(value)) return { form: 'call', call: value };
  if (value instanceof Duplex) {
    throw noStage('a stream that is made already', 'give the function, or class, that makes one');
  }
  if (!isFunction(value)) throw noStage(value === undefined ? 'nothing' : `a ${typeof value}`);
  const kind = Object.prototype.toString.call(value);
  if (kind === '[object AsyncGeneratorFunction]') return { form: 'generator', run: value };
  if (kind !== '[object Function]') {
    throw noStage('an async function or a generator', 'write `async function*`');
  }
  if (value.prototype instanceof Duplex) {
    return { form: 'transform', make: () => Reflect.construct(value, []) };
  }
  if (value.length === 0) return { form: 'transform', make: value };
  return { form: 'function', run: value };
}

/** A user's function on entries as a plugin. */
export function functionPlugin(name: StageName, run: EntryFunction): AnyPlugin<'filter'> {
  return anyPlugin(defineFilter({ ...name, create: () => guardFilter(run) }));
}

/** A user's operator on batches as a plugin. */
export function operatorPlugin(name: StageName, run: Operator): AnyPlugin<'operator'> {
  const create: AnyPlugin<'operator'>['create'] = (_, { clock }) => guardOperator(run, clock);
  return anyPlugin(defineOperator({ ...name, create }));
}

/** Transforms of a user as a plugin: `make` is called for each that is needed. */
export function transformPlugin(name: StageName, make: () => unknown): AnyPlugin<'operator'> {
  const create: AnyPlugin<'operator'>['create'] = (_, context) =>
    entryOperator(transformStage(make), context);
  return anyPlugin(defineOperator({ ...name, losesLineage: true, create }));
}

function noStage(what: string, hint?: string): MillraceError {
  return new MillraceError('MR_PLUGIN', `user code cannot be ${what}`, {
    hint:
      hint ??
      'it is a function, an async generator, a function that makes a Transform, or highland(...)',
  });
}

/** A function as JavaScript has it: what it is for is known by its shape, and what it gives is looked at. */
function isFunction(value: unknown): value is UserFunction {
  return typeof value === 'function';
}

function isCall(value: unknown): value is PluginCall<'filter' | 'operator'> {
  if (typeof value !== 'object' || value === null || !('plugin' in value)) return false;
  const { plugin } = value;
  if (typeof plugin !== 'function' || !('kind' in plugin)) return false;
  return plugin.kind === 'filter' || plugin.kind === 'operator';
}
