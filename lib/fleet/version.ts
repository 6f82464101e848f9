import { createRequire } from 'node:module';

/** The version of this Millrace. */
export function ownVersion(): string {
  const description: unknown = createRequire(import.meta.url)('millrace/package.json');
  return typeof description === 'object' && description !== null && 'version' in description
    ? String(description.version)
    : 'unknown';
}
