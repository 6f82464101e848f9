import { textTable } from '../../lib/cli/text_table.ts';
import type { Result } from './rounds.ts';

const heads = [
  'job',
  'subject',
  'CPU s/M events',
  'events/s',
  'peak MB',
  'CPU/floor',
  'CPU/os',
  'events/s/os',
];

/** Results for people. */
export function resultsTable(results: readonly Result[]): string {
  return textTable([heads, ...results.map(row)]);
}

function row(result: Result): string[] {
  const times = (value: number | undefined): string => value?.toFixed(2) ?? '';
  return [
    result.job,
    result.subject,
    result.cpuSecondsAMillion.toFixed(2),
    String(Math.round(result.eventsASecond)),
    String(Math.round(result.peakMegabytes)),
    times(result.ratio),
    times(result.cpuToOs),
    times(result.throughputToOs),
  ];
}
