import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { makeCertificate } from '../codec/certificate.ts';
import { MillraceError, toError } from '../error.ts';
import { type KeyPair, type NamedFile, readCertificates, readKey } from './tls_files.ts';

/** What a certificate that a listener makes for itself says. */
export interface OwnCertificate {
  /** The authority that signs it; undefined: it signs itself. */
  readonly authority:
    | {
        readonly certificate: NamedFile;
        readonly key: NamedFile;
        readonly passphrase: string | undefined;
      }
    | undefined;
  readonly keyBits: number;
  readonly country: string;
  readonly state: string;
  readonly locality: string;
  /** The host that it is for. */
  readonly commonName: string;
  readonly digest: 'sha256' | 'sha384' | 'sha512';
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Makes a key and a certificate for it. @throws MR_OPTION naming the authority's file and what is wrong with it */
export function makeOwn(own: OwnCertificate): KeyPair {
  const { authority, country, state, locality, commonName, digest } = own;
  const key = generateKeyPairSync('rsa', { modulusLength: own.keyBits }).privateKey;
  const issuer = authority && {
    certificate: readCertificates(authority.certificate)[0],
    key: readKey(authority.key, authority.passphrase),
  };
  if (issuer?.certificate.checkPrivateKey(issuer.key) === false) {
    const { key: file, certificate } = authority ?? {};
    throw new MillraceError(
      'MR_OPTION',
      `\`${file?.option} ${file?.path}\` does not belong to the certificate in \`${certificate?.path}\``,
    );
  }
  try {
    const pem = makeCertificate({
      subject: { country, state, locality, commonName },
      names: [commonName],
      key,
      notBeforeMs: own.notBeforeMs,
      notAfterMs: own.notAfterMs,
      digest,
      issuer,
    });
    return { chain: [new X509Certificate(pem), ...(issuer ? [issuer.certificate] : [])], key };
  } catch (thrown) {
    const cause = toError(thrown);
    throw new MillraceError('MR_OPTION', `no certificate can be made: ${cause.message}`, { cause });
  }
}
