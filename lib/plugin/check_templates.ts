import type { BufferPlan } from '../buffer/options.ts';
import { checkTemplate } from '../buffer/placeholder.ts';
import { MillraceError } from '../error.ts';
import type { Parsed, Shape } from '../option/option.ts';
import type { AnyPlugin } from './define.ts';
import { chunkingOf } from './read_buffer.ts';

/** Placeholders of an output's options that do not fit the chunk keys, which nobody would see before the first chunk is written. */
export function checkTemplates(
  plugin: AnyPlugin<'output'>,
  options: Parsed<Shape>,
  buffer: BufferPlan,
): MillraceError[] {
  try {
    const templates = plugin.templates?.(options, chunkingOf(buffer)) ?? [];
    return templates.flatMap((template) => checkTemplate(template, buffer, plugin.mayOmitKeys));
  } catch (thrown) {
    // An option that has a fault, which is reported elsewhere, is not there: that may be too much for the plugin.
    return thrown instanceof MillraceError ? [thrown] : [];
  }
}
