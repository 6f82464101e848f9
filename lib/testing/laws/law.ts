import type { Given, Shape } from '../../option/option.ts';

/** A runner's way to say that there is a test: of node:test, vitest and jest alike. */
export type TestFunction = (name: string, run: () => Promise<void> | void) => unknown;

/** What every suite of laws may be given. */
export interface LawSettings {
  /** The runner's `test`; may be left out where it is a global. */
  readonly test?: TestFunction | undefined;
  /** What the names of the tests begin with; the plugin's type unless given. */
  readonly name?: string | undefined;
}

/** Options of a plugin, or what makes them before each law, with the folder or the peer that they name. */
export type LawOptions<S extends Shape> = Given<S> | (() => Given<S> | Promise<Given<S>>);

/** The options for one law. */
export async function makeOptions<S extends Shape>(
  given: LawOptions<S> | undefined,
): Promise<Given<S> | undefined> {
  return typeof given === 'function' ? given() : given;
}

/** Declares a law as a test of its own. */
export type Law = (claim: string, run: () => Promise<void> | void) => void;

/** How laws of a plugin are declared. @throws TypeError when there is no `test` */
export function lawsOf(plugin: { readonly type: string }, settings: LawSettings): Law {
  const test = settings.test ?? globalTest();
  const { name = plugin.type } = settings;
  return (claim, run) => void test(`law: ${name} ${claim}`, run);
}

function globalTest(): TestFunction {
  const found: unknown = Reflect.get(globalThis, 'test') ?? Reflect.get(globalThis, 'it');
  if (isTest(found)) return found;
  throw new TypeError('there is no global `test`: pass the one of the runner, `{ test }`');
}

function isTest(value: unknown): value is TestFunction {
  return typeof value === 'function';
}
