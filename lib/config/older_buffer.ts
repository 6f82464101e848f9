import type { SourceSection, SourceValue } from '../option/option.ts';

/** The options of buffers before Fluentd 0.14, which stood in the output's own section, and what they are called now. */
const newNames: ReadonlyMap<string, string> = new Map([
  ['buffer_type', '@type'],
  ['buffer_path', 'path'],
  ['buffer_chunk_limit', 'chunk_limit_size'],
  ['buffer_queue_limit', 'queue_limit_length'],
  ['buffer_queue_full_action', 'overflow_action'],
  ['num_threads', 'flush_thread_count'],
  ['flush_interval', 'flush_interval'],
  ['try_flush_interval', 'flush_thread_interval'],
  ['queued_chunk_flush_interval', 'flush_thread_burst_interval'],
  ['flush_at_shutdown', 'flush_at_shutdown'],
  ['retry_limit', 'retry_max_times'],
  ['max_retry_wait', 'retry_max_interval'],
  ['disable_retry_limit', 'retry_forever'],
  ['time_slice_format', 'timekey'],
  ['time_slice_wait', 'timekey_wait'],
]);

/** Keys of an output's section that are its buffer's: none where there is a `<buffer>`, which then says everything. */
export function olderBufferKeys(section: SourceSection, ownKeys: readonly string[]): string[] {
  if (section.sections.some(({ name }) => name === 'buffer')) return [];
  return [...newNames.keys()].filter((key) => section.values.has(key) && !ownKeys.includes(key));
}

/** The `<buffer>` that older keys of an output's section stand for; undefined when there are none. */
export function olderBuffer(
  section: SourceSection,
  ownKeys: readonly string[],
): SourceSection | undefined {
  const values = new Map<string, SourceValue>();
  for (const key of olderBufferKeys(section, ownKeys)) {
    const value = section.values.get(key);
    const name = newNames.get(key);
    if (value !== undefined && name !== undefined) values.set(name, inNewWords(key, value));
  }
  if (values.size === 0) return undefined;
  const { at } = section;
  return { name: 'buffer', argument: '', at, argumentAt: undefined, values, sections: [] };
}

const slices = { '%S': '1s', '%M': '1m', '%H': '1h' };

function inNewWords(key: string, value: SourceValue): SourceValue {
  const { text } = value;
  if (key === 'buffer_queue_full_action' && text === 'exception') {
    return { ...value, text: 'throw_exception' };
  }
  if (key !== 'time_slice_format' || text === null) return value;
  // The finest part of the time that the names of files told apart.
  const finest = Object.entries(slices).find(([part]) => text.includes(part));
  return { ...value, text: finest?.[1] ?? '1d' };
}
