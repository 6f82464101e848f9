import description from '../../package.json' with { type: 'json' };

/** The version of this Millrace; a build holds it, and nothing else of the file. */
export function ownVersion(): string {
  return description.version;
}
