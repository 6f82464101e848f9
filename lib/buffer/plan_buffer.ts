import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { givenTexts, keepGiven } from '../option/given_text.ts';
import type { Parsed, Shape } from '../option/option.ts';
import type { BufferTraits } from '../plugin/contract.ts';
import type { BufferPlan } from './options.ts';

/** The output whose buffer is planned. */
export interface BufferedOutput {
  readonly id: string;
  readonly traits: BufferTraits;
  readonly options: Parsed<Shape>;
  /** The folder for whatever has no path of its own, if there is one. */
  readonly rootFolder: string | undefined;
}

/** What somebody said of a buffer. */
export interface BufferWish {
  /** Whether anything was said at all: if not, the output's own wishes hold. */
  readonly isGiven: boolean;
  readonly store: BufferPlan['store'] | undefined;
  /** Empty: the output's own. */
  readonly chunkKeys: readonly string[];
  /** Read, with the defaults filled in. */
  readonly options: BufferPlan['options'];
  /** Whether an option was given, rather than filled in. */
  has(key: keyof BufferPlan['options']): boolean;
}

/** A buffer of what was said and, where nothing was, of what the output wants. Undefined: it writes without one. */
export function planBuffer(output: BufferedOutput, wish: BufferWish): BufferPlan | undefined {
  const { traits } = output;
  if (!wish.isGiven && traits.store === 'none') return undefined;
  const store = wish.store ?? (traits.store === 'file' ? 'file' : 'memory');
  const chunkKeys = wish.chunkKeys.length > 0 ? wish.chunkKeys : (traits.chunkKeys ?? []);
  const { timekeyMs, flushIntervalMs } = traits;
  const wantsTimekey = chunkKeys.includes('time') && timekeyMs !== undefined;
  const wantsInterval = flushIntervalMs !== undefined && !wish.has('flushInterval');
  // Fluentd would wait for the end of the time slice all the same; nobody who gives an interval means that.
  const meansInterval = wish.has('flushInterval') && !wish.has('flushMode');
  const options = {
    ...wish.options,
    ...(meansInterval && { flushMode: 'interval' as const }),
    ...(wantsTimekey && !wish.has('timekey') && { timekey: timekeyMs }),
    ...(wantsInterval && { flushInterval: flushIntervalMs }),
  };
  keepGiven(options, givenTexts(wish.options));
  const path = store === 'memory' ? undefined : bufferPath(output, options.path);
  return { store, path, chunkKeys, options };
}

/** Where an output's dead letters and its own state lie. */
export function planFolders(
  id: string,
  buffer: BufferPlan | undefined,
  rootFolder: string | undefined,
): { readonly deadLetterFolder: string; readonly stateFolder: string | undefined } {
  const ownFolder = rootFolder === undefined ? undefined : join(rootFolder, 'worker0', id);
  const base = ownFolder ?? buffer?.path ?? join(tmpdir(), 'millrace', id);
  return {
    deadLetterFolder: join(base, 'dead_letter'),
    stateFolder: buffer?.path === undefined ? undefined : join(buffer.path, 'state'),
  };
}

/** Where a secondary keeps its state: two plugins of one type would get into each other's files. */
export function secondaryStateFolder(primary: string | undefined): string | undefined {
  return primary === undefined ? undefined : join(primary, 'secondary');
}

function bufferPath(output: BufferedOutput, given: string | undefined): string | undefined {
  if (given !== undefined) return resolve(given.replace(/\.?\*.*$/, ''));
  const { id, traits, options, rootFolder } = output;
  if (rootFolder !== undefined) return resolve(join(rootFolder, 'worker0', id, 'buffer'));
  const own = traits.pathOption === undefined ? undefined : options[traits.pathOption];
  return typeof own === 'string' ? resolve(`${staticPrefix(own)}.buffer`) : undefined;
}

/** A path up to its first placeholder, so that the buffer keeps its place whatever the placeholders give. */
function staticPrefix(path: string): string {
  const end = path.search(/\$\{|%|\*/);
  return (end < 0 ? path : path.slice(0, end)).replace(/[._-]+$/, '');
}
