import { type BufferPlan, bufferOptions, parseChunkKeys } from '../buffer/options.ts';
import { planBuffer } from '../buffer/plan_buffer.ts';
import type { SourceSection } from '../option/option.ts';
import { toSnake } from '../option/spelling.ts';
import type { NodePlan } from '../plan/plan.ts';
import { readSection } from '../plugin/read_section.ts';
import type { Compilation } from './compilation.ts';
import { olderBuffer } from './older_buffer.ts';

const stores = ['memory', 'file', 'file_single'];

/** Reads an output's `<buffer>`, with what the output wants by itself. Undefined: it writes without a buffer. */
export async function readBuffer(
  section: SourceSection,
  node: NodePlan<'output'>,
  compilation: Compilation,
): Promise<BufferPlan | undefined> {
  const [given, second] = section.sections.filter((each) => each.name === 'buffer');
  if (second !== undefined) {
    compilation.fault(
      'MR_OPTION',
      `output \`${node.plugin.type}\` may have one <buffer>`,
      second.at,
    );
  }
  const older = olderBuffer(section, Object.keys(node.plugin.options).map(toSnake));
  const inner = given ?? older ?? emptyBuffer(section);
  const type = inner.values.get('@type')?.text ?? undefined;
  if (type !== undefined && !stores.includes(type)) {
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
  const output = {
    id: node.id,
    traits: node.plugin.buffer ?? {},
    options: node.options,
    rootFolder: compilation.rootFolder,
  };
  return planBuffer(output, {
    isGiven: given !== undefined || older !== undefined,
    store: type === undefined ? undefined : type === 'memory' ? 'memory' : 'file',
    chunkKeys: parseChunkKeys(inner.argument),
    // `readSection` reads by the shape that it is given, which its result's type does not say.
    options: options as BufferPlan['options'],
    has: (key) => inner.values.has(toSnake(key)),
  });
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
