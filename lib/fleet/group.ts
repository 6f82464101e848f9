import type { AgentReport } from './fleet_report.ts';

/** How agents are grouped: by the beginning of their names, or by a label. */
export type Grouping = { readonly by: 'prefix' } | { readonly by: 'label'; readonly label: string };

/** `prefix` or `label:NAME`; undefined for another text. */
export function parseGrouping(text: string): Grouping | undefined {
  if (text === 'prefix') return { by: 'prefix' };
  const label = /^label:(.+)$/.exec(text)?.[1];
  return label === undefined ? undefined : { by: 'label', label };
}

/** The group of an agent; the empty text without that label. */
export function groupOf(
  { name, labels }: Pick<AgentReport, 'name' | 'labels'>,
  grouping: Grouping,
): string {
  if (grouping.by === 'label') return labels[grouping.label] ?? '';
  const [host = name] = name.split('.', 1);
  const prefix = host.replace(/[-_]?\d+$/, '');
  return prefix === '' ? host : prefix;
}
