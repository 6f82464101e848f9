import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BufferPlan, bufferOptions, parseChunkKeys } from '../buffer/options.ts';
import type { Parsed, Shape, SourceSection, SourceValue } from '../option/option.ts';
import { printDurationMs } from '../option/text.ts';
import type { NodePlan } from '../plan/plan.ts';
import type { BufferTraits } from '../plugin/define.ts';
import { readSection } from '../plugin/read_section.ts';
import type { Compilation } from './compilation.ts';

const stores = ['memory', 'file', 'file_single'];

/** Reads an output's `<buffer>`, with what the output wants by itself. Undefined: it writes without a buffer. */
export async function readBuffer(
  section: SourceSection,
  node: NodePlan<'output'>,
  compilation: Compilation,
): Promise<BufferPlan | undefined> {
  const traits = node.plugin.buffer ?? {};
  const [given, second] = section.sections.filter((each) => each.name === 'buffer');
  if (second !== undefined) {
    compilation.fault(
      'MR_OPTION',
      `output \`${node.plugin.type}\` may have one <buffer>`,
      second.at,
    );
  }
  if (given === undefined && traits.store === 'none') return undefined;
  const inner = withTraits(given ?? emptyBuffer(section), traits, given === undefined);
  const type = inner.values.get('@type')?.text ?? storeOf(traits);
  if (!stores.includes(type)) {
    const at = inner.values.get('@type')?.valueAt ?? inner.at;
    compilation.fault(
      'MR_PLUGIN',
      `there is no buffer \`${type}\``,
      at,
      `use one of ${stores.join(', ')}`,
    );
  }
  const owner = `<buffer> of output \`${node.plugin.type}\``;
  const faultsBefore = compilation.faults.length;
  const options = await readSection(bufferOptions, inner, owner, compilation);
  // What is missing because it could not be read is not to be reported a second time.
  if (compilation.faults.length > faultsBefore) return undefined;
  const store = type === 'memory' ? 'memory' : 'file';
  return {
    store,
    path: store === 'memory' ? undefined : bufferPath(node, options, traits, compilation),
    chunkKeys: chunkKeysOf(given, traits),
    // `readSection` reads by the shape that it is given, which its result's type does not say.
    options: options as BufferPlan['options'],
  };
}

/** Where an output's dead letters and its own state lie. */
export function readFolders(
  node: NodePlan<'output'>,
  buffer: BufferPlan | undefined,
  rootFolder: string | undefined,
): { readonly deadLetterFolder: string; readonly stateFolder: string | undefined } {
  const ownFolder = rootFolder === undefined ? undefined : join(rootFolder, 'worker0', node.id);
  const base = ownFolder ?? buffer?.path ?? join(tmpdir(), 'millrace', node.id);
  return {
    deadLetterFolder: join(base, 'dead_letter'),
    stateFolder: buffer?.path === undefined ? undefined : join(buffer.path, 'state'),
  };
}

function storeOf(traits: BufferTraits): string {
  return traits.store === 'file' ? 'file' : 'memory';
}

/** The chunk keys in the section's argument; an output's own only when there is no section. */
function chunkKeysOf(given: SourceSection | undefined, traits: BufferTraits): readonly string[] {
  if (given === undefined) return traits.chunkKeys ?? [];
  if (given.argument.trim() === '') return traits.chunkKeys ?? [];
  return parseChunkKeys(given.argument);
}

/** Adds what the output wants where the section says nothing. */
function withTraits(
  section: SourceSection,
  traits: BufferTraits,
  isWholeDefault: boolean,
): SourceSection {
  const values = new Map(section.values);
  const add = (key: string, ms: number | undefined): void => {
    if (ms !== undefined && !values.has(key)) values.set(key, textValue(printDurationMs(ms)));
  };
  const keys =
    isWholeDefault || section.argument.trim() === ''
      ? (traits.chunkKeys ?? [])
      : parseChunkKeys(section.argument);
  if (keys.includes('time')) add('timekey', traits.timekeyMs);
  // Fluentd would wait for the end of the time slice all the same; nobody who gives an interval means that.
  if (values.has('flush_interval') && !values.has('flush_mode')) {
    values.set('flush_mode', textValue('interval'));
  }
  add('flush_interval', traits.flushIntervalMs);
  return { ...section, values };
}

function bufferPath(
  node: NodePlan<'output'>,
  options: Parsed<Shape>,
  traits: BufferTraits,
  compilation: Compilation,
): string | undefined {
  const given = options['path'];
  if (typeof given === 'string') return resolve(given.replace(/\.?\*.*$/, ''));
  if (compilation.rootFolder !== undefined) {
    return resolve(join(compilation.rootFolder, 'worker0', node.id, 'buffer'));
  }
  const own = traits.pathOption === undefined ? undefined : node.options[traits.pathOption];
  return typeof own === 'string' ? resolve(`${staticPrefix(own)}.buffer`) : undefined;
}

/** A path up to its first placeholder, so that the buffer keeps its place whatever the placeholders give. */
function staticPrefix(path: string): string {
  const end = path.search(/\$\{|%|\*/);
  return (end < 0 ? path : path.slice(0, end)).replace(/[._-]+$/, '');
}

function emptyBuffer(parent: SourceSection): SourceSection {
  return {
    name: 'buffer',
    argument: '',
    at: parent.at,
    argumentAt: undefined,
    values: new Map(),
    sections: [],
  };
}

function textValue(text: string): SourceValue {
  return { text, keyAt: undefined, valueAt: undefined };
}
