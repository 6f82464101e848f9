import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { MillraceError, systemCode, toError } from '../error.ts';

/** A file, and the option that names it. */
export interface NamedFile {
  readonly option: string;
  readonly path: string;
}

/** A certificate with its chain, and its key. */
export interface KeyPairFiles {
  readonly certificate: NamedFile;
  readonly key: NamedFile;
  readonly passphrase: string | undefined;
}

/** A certificate with its chain, and its key, as they were read. */
export interface KeyPair {
  /** The certificate itself first, then those that lead to its authority. */
  readonly chain: readonly [X509Certificate, ...X509Certificate[]];
  readonly key: KeyObject;
}

/** Reads a certificate and its key. @throws MR_OPTION naming the file and what is wrong with it */
export function readKeyPair({ certificate, key: keyFile, passphrase }: KeyPairFiles): KeyPair {
  const chain = readCertificates(certificate);
  const key = readKey(keyFile, passphrase);
  if (chain[0].checkPrivateKey(key)) return { chain, key };
  throw fault(keyFile, `does not belong to the certificate in \`${certificate.path}\``);
}

/** Reads the certificates in a file, at least one. @throws MR_OPTION naming the file and what is wrong with it */
export function readCertificates(
  file: NamedFile,
): readonly [X509Certificate, ...X509Certificate[]] {
  const blocks = readText(file).match(
    /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g,
  );
  const [first, ...rest] = (blocks ?? []).map((block) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw fault(file, 'holds a certificate that cannot be read', cause);
    }
  });
  if (first === undefined) throw fault(file, 'holds no certificate in PEM form');
  return [first, ...rest];
}

/** What TLS is set up with. @throws MR_OPTION when OpenSSL does not take it: a key that is too short, say */
export function contextOptions(
  pair: KeyPair | undefined,
  authorities: readonly X509Certificate[] | undefined,
  base: SecureContextOptions,
): SecureContextOptions {
  const pem = (certificates: readonly X509Certificate[]): string => certificates.join('');
  const options: SecureContextOptions = {
    ...base,
    ...(pair !== undefined && {
      cert: pem(pair.chain),
      key: pair.key.export({ type: 'pkcs8', format: 'pem' }),
    }),
    ...(authorities !== undefined && { ca: pem(authorities) }),
  };
  try {
    createSecureContext(options);
  } catch (thrown) {
    const cause = toError(thrown);
    throw new MillraceError('MR_OPTION', `TLS cannot be set up: ${cause.message}`, { cause });
  }
  return options;
}

/** Reads a private key. @throws MR_OPTION naming the file and what is wrong with it */
export function readKey(file: NamedFile, passphrase: string | undefined): KeyObject {
  const key = readText(file);
  try {
    return createPrivateKey(passphrase === undefined ? key : { key, passphrase });
  } catch (cause) {
    const why = !key.includes('ENCRYPTED')
      ? 'holds no private key in PEM form'
      : passphrase === undefined
        ? 'holds a key that needs its passphrase'
        : 'holds a key that its passphrase does not open';
    throw fault(file, why, cause);
  }
}

function readText(file: NamedFile): string {
  try {
    return readFileSync(file.path, 'utf8');
  } catch (cause) {
    const reasons: { readonly [code: string]: string } = {
      ENOENT: 'does not exist',
      EACCES: 'must not be read by this user',
      EISDIR: 'is a folder',
    };
    const why = reasons[systemCode(cause) ?? ''] ?? `cannot be read: ${toError(cause).message}`;
    throw fault(file, why, cause);
  }
}

function fault({ option, path }: NamedFile, why: string, cause?: unknown): MillraceError {
  return new MillraceError('MR_OPTION', `\`${option} ${path}\` ${why}`, { cause });
}
