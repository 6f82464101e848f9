import { systemCode } from '../error.ts';

/** Why one side of a connection does not trust the other, or cannot speak with it: the values of a metric's label. */
export const faultKinds = [
  'expired',
  'not_yet_valid',
  'wrong_host',
  'unknown_ca',
  'self_signed',
  'revoked',
  'bad_certificate',
  'no_certificate',
  'identity',
  'old_version',
  'no_common_cipher',
  'not_tls',
  'unexpected_tls',
  'handshake_timeout',
  'connection_lost',
  'wrong_shared_key',
  'replayed_digest',
  'wrong_password',
  'unknown_user',
  'wrong_source',
  'same_hostname',
  'malformed_ping',
  'other',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** A kind of fault, and plain words for it. */
export interface PeerFault {
  readonly kind: FaultKind;
  /** A clause: `its certificate has expired`. "It" is the peer, "we" are this side. */
  readonly words: string;
}

type Table = Readonly<Record<string, readonly [kind: FaultKind, words: string]>>;

/** What is wrong with the peer's certificate, by OpenSSL's name of it. */
const certificateFaults: Table = {
  CERT_HAS_EXPIRED: ['expired', 'has expired'],
  CERT_NOT_YET_VALID: ['not_yet_valid', 'is not valid yet'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['wrong_host', 'is for another host'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['self_signed', 'is self-signed'],
  SELF_SIGNED_CERT_IN_CHAIN: ['unknown_ca', 'comes from a CA that is not trusted here'],
  UNABLE_TO_GET_ISSUER_CERT: ['unknown_ca', 'comes from a CA that is not trusted here'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['unknown_ca', 'comes from a CA that is not trusted here'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['unknown_ca', 'comes from a CA that is not trusted here'],
  CERT_SIGNATURE_FAILURE: ['unknown_ca', 'was not signed by the CA that it names'],
  CERT_REVOKED: ['revoked', 'is revoked'],
  INVALID_PURPOSE: ['bad_certificate', 'is not meant for this use'],
  INVALID_CA: ['bad_certificate', 'was signed by a certificate that is no CA’s'],
};

/** What the peer says of us, by Node's name of the alert without its prefixes. */
const alerts: Table = {
  CERTIFICATE_EXPIRED: ['expired', 'it refuses our certificate: expired, or not valid yet'],
  UNKNOWN_CA: ['unknown_ca', 'it refuses our certificate: it does not know the CA'],
  CERTIFICATE_UNKNOWN: ['bad_certificate', 'it refuses our certificate for a reason of its own'],
  BAD_CERTIFICATE: ['bad_certificate', 'it refuses our certificate: bad, or for another host'],
  UNSUPPORTED_CERTIFICATE: ['bad_certificate', 'it refuses our certificate: not meant for this'],
  CERTIFICATE_REVOKED: ['revoked', 'it refuses our certificate: revoked'],
  CERTIFICATE_REQUIRED: ['no_certificate', 'it asks for a certificate, and we have none'],
  PROTOCOL_VERSION: ['old_version', 'it does not speak our versions of TLS'],
  INSUFFICIENT_SECURITY: ['no_common_cipher', 'it takes none of our ciphers'],
  HANDSHAKE_FAILURE: [
    'no_common_cipher',
    'it refuses the handshake: there is no common cipher, or it asks for a certificate',
  ],
  ACCESS_DENIED: ['identity', 'it takes our certificate, but does not let us in'],
};

/** What this side finds while shaking hands, by Node's name without its prefix. */
const ownFindings: Table = {
  UNSUPPORTED_PROTOCOL: ['old_version', 'it speaks only versions of TLS that are not allowed here'],
  NO_PROTOCOLS_AVAILABLE: ['old_version', 'no version of TLS is allowed here'],
  NO_SHARED_CIPHER: ['no_common_cipher', 'it knows no cipher that is allowed here'],
  NO_CIPHERS_AVAILABLE: ['no_common_cipher', 'no cipher is allowed here'],
  PEER_DID_NOT_RETURN_A_CERTIFICATE: ['no_certificate', 'it has no certificate'],
  WRONG_VERSION_NUMBER: ['not_tls', 'it does not speak TLS'],
  UNKNOWN_PROTOCOL: ['not_tls', 'it does not speak TLS'],
  PACKET_LENGTH_TOO_LONG: ['not_tls', 'it does not speak TLS'],
  HTTP_REQUEST: ['not_tls', 'it speaks HTTP without TLS'],
  HTTPS_PROXY_REQUEST: ['not_tls', 'it speaks HTTP without TLS'],
};

/** The fault of a peer's certificate, by the code of its verification. */
export function certificateFault(code: string): PeerFault {
  const [kind, words] = certificateFaults[code] ?? ['bad_certificate', `is not accepted (${code})`];
  return { kind, words: `its certificate ${words}` };
}

/** The fault that an error of a TLS connection tells of; undefined when it is none of TLS. */
export function tlsFault(error: unknown): PeerFault | undefined {
  const code = systemCode(error);
  if (code === undefined) return undefined;
  if (code in certificateFaults) return certificateFault(code);
  const [, alert] = /^ERR_SSL_\w+_ALERT_(\w+)$/.exec(code) ?? [];
  if (alert !== undefined) {
    const [kind, words] = alerts[alert] ?? ['other', `it ends the connection (alert ${alert})`];
    return { kind, words };
  }
  const [, finding] = /^ERR_SSL_(\w+)$/.exec(code) ?? [];
  const [kind, words] = ownFindings[finding ?? ''] ?? [];
  if (kind === undefined || words === undefined) return undefined;
  return { kind, words };
}

/** The kind of a name that came from outside. */
export function faultKindOf(name: string): FaultKind {
  return faultKinds.find((kind) => kind === name) ?? 'other';
}
