import tls, { type SecureContextOptions, type SecureVersion } from 'node:tls';
import { MillraceError } from '../error.ts';

/** Versions of TLS in both of Fluentd's spellings. */
export const versionNames = [
  'TLS1_1',
  'TLS1_2',
  'TLS1_3',
  'TLSv1_1',
  'TLSv1_2',
  'TLSv1_3',
] as const;

type VersionName = (typeof versionNames)[number];

/** Which versions and ciphers are allowed, as they are configured. */
export interface AllowedVersions {
  /** This one only. */
  readonly version: VersionName | undefined;
  readonly minVersion: VersionName | undefined;
  readonly maxVersion: VersionName | undefined;
  /** As OpenSSL writes it; undefined: Node's own. */
  readonly ciphers: string | undefined;
}

/** What TLS is set up with so that it speaks these versions: 1.2 and 1.3 where nothing is said. @throws MR_OPTION when there is none */
export function versionOptions(allowed: AllowedVersions): SecureContextOptions {
  const { version, minVersion, maxVersion, ciphers } = allowed;
  const hasRange = minVersion !== undefined || maxVersion !== undefined;
  const only = hasRange ? undefined : version;
  const first = versionOf(minVersion ?? only) ?? 'TLSv1.2';
  const last = versionOf(maxVersion ?? only) ?? 'TLSv1.3';
  if (first > last) {
    throw new MillraceError(
      'MR_OPTION',
      `no version of TLS is both ${first} or later and ${last} or earlier`,
    );
  }
  return { minVersion: first, maxVersion: last, ...ciphersFor(first, ciphers) };
}

/** OpenSSL 3 speaks the old versions only where its rules on strength are lifted. */
function ciphersFor(
  first: SecureVersion,
  ciphers: string | undefined,
): { readonly ciphers?: string } {
  const isOld = first === 'TLSv1' || first === 'TLSv1.1';
  if (!isOld || ciphers?.includes('@SECLEVEL') === true)
    return ciphers === undefined ? {} : { ciphers };
  return { ciphers: `${ciphers ?? tls.DEFAULT_CIPHERS}:@SECLEVEL=0` };
}

function versionOf(name: VersionName | undefined): SecureVersion | undefined {
  switch (name) {
    case undefined:
      return undefined;
    case 'TLS1_1':
    case 'TLSv1_1':
      return 'TLSv1.1';
    case 'TLS1_2':
    case 'TLSv1_2':
      return 'TLSv1.2';
    case 'TLS1_3':
    case 'TLSv1_3':
      return 'TLSv1.3';
  }
}
