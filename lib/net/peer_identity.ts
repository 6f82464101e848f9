import type { PeerCertificate, TLSSocket } from 'node:tls';
import { MillraceError } from '../error.ts';

/** Which of the names in a certificate is its owner's identity; `auto`: the first of a URI, a host name, the common name. */
export const identitySources = ['auto', 'uri', 'dns', 'cn'] as const;

export type IdentitySource = (typeof identitySources)[number];

/** Who the peer is, by the certificate that it has shown; undefined when that has no such name. */
export function peerIdentity(socket: TLSSocket, source: IdentitySource): string | undefined {
  return identityIn(socket.getPeerCertificate(), source);
}

/** Who the owner of a certificate is. */
export function identityIn(
  certificate: Pick<PeerCertificate, 'subjectaltname' | 'subject'>,
  source: IdentitySource,
): string | undefined {
  const names = alternativeNames(certificate.subjectaltname ?? '');
  const first = (kind: string): string | undefined =>
    names.find((name) => name.kind === kind && name.value !== '')?.value;
  // Several common names come as a list, whatever the types say.
  const [commonName] = [certificate.subject?.CN].flat();
  switch (source) {
    case 'uri':
      return first('URI');
    case 'dns':
      return first('DNS');
    case 'cn':
      return commonName;
    case 'auto':
      return first('URI') ?? first('DNS') ?? commonName;
  }
}

/** Makes a test for names that match one of some patterns, in which `*` is any text. @throws MR_OPTION when one is empty */
export function compileIdentities(patterns: readonly string[]): (identity: string) => boolean {
  const tests = patterns.map((pattern) => {
    if (pattern === '') throw new MillraceError('MR_OPTION', 'an identity must not be empty');
    const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 'su');
  });
  return (identity) => tests.some((test) => test.test(identity));
}

/** The names in a text such as `DNS:a.example, URI:"..."`: those that could be mistaken are quoted as JSON is. */
function alternativeNames(text: string): { readonly kind: string; readonly value: string }[] {
  const form = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g;
  return Array.from(text.matchAll(form), ([, kind = '', value = '']) => ({
    kind,
    value: value.startsWith('"') ? unquote(value) : value,
  }));
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return '';
  }
}
