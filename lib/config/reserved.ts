import { nearest } from '../option/nearest.ts';
import type { Attribute } from './element.ts';
import type { Findings } from './findings.ts';

const reserved = ['@type', '@id', '@label', '@log_level'];
const strictSections = ['match', 'source', 'filter', 'system'];

/**
 * Keys that begin with `@` are Fluentd's own: an unknown one is a fault at the top of a file and in the main
 * sections, and a warning deeper inside. `parent` is undefined at the top of a file.
 */
export function checkKey(
  attribute: Attribute,
  parent: string | undefined,
  findings: Findings,
): void {
  const { key, keyAt } = attribute;
  if (!key.startsWith('@') || reserved.includes(key)) return;
  const message = `\`${key}\` is unknown: keys that begin with \`@\` are reserved`;
  const meant = nearest(key, [...reserved, '@include']);
  const hint =
    meant === undefined ? `known are ${reserved.join(', ')}` : `did you mean \`${meant}\`?`;
  if (parent === undefined || strictSections.includes(parent)) {
    findings.fault('MR_OPTION', message, keyAt, hint);
  } else {
    findings.warn('MR_OPTION', message, keyAt, hint);
  }
}
