import {
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
  type X509Certificate,
} from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import {
  der,
  derBits,
  derChildren,
  derInteger,
  derObjectId,
  derSequence,
  derText,
  derTime,
} from './der.ts';

/*
 * A certificate, version 3 (RFC 5280):
 *
 *     [ [[0] version] serial algorithm issuer [notBefore notAfter] subject key [[3] [extension...]] ]
 *     algorithm, signature over the first part
 */

/** The parts of a subject's name; those that are undefined are left out. */
export interface SubjectName {
  readonly country?: string | undefined;
  readonly state?: string | undefined;
  readonly locality?: string | undefined;
  readonly commonName: string;
}

/** What a certificate says, and who signs it. */
export interface CertificateRequest {
  readonly subject: SubjectName;
  /** Host names, addresses and URIs (with `://`) that it is for. */
  readonly names: readonly string[];
  /** The subject's own key pair, of which the public part is certified. */
  readonly key: KeyObject;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly digest?: 'sha256' | 'sha384' | 'sha512';
  /** Whether it may sign others. */
  readonly isAuthority?: boolean;
  /** The authority that signs it; undefined: it signs itself. */
  readonly issuer?: { readonly certificate: X509Certificate; readonly key: KeyObject } | undefined;
}

/** Algorithm ids by key type and digest. */
const algorithms: { readonly [name: string]: string } = {
  'rsa sha256': '1.2.840.113549.1.1.11',
  'rsa sha384': '1.2.840.113549.1.1.12',
  'rsa sha512': '1.2.840.113549.1.1.13',
  'ec sha256': '1.2.840.10045.4.3.2',
  'ec sha384': '1.2.840.10045.4.3.3',
  'ec sha512': '1.2.840.10045.4.3.4',
};

/** Makes a certificate, in PEM form. @throws Error when the key that signs is neither RSA nor of an elliptic curve */
export function makeCertificate(request: CertificateRequest): string {
  const { digest = 'sha256', issuer, key, names, isAuthority = false } = request;
  const signer = issuer?.key ?? key;
  const algorithm = algorithmOf(signer, digest);
  const subject = nameOf(request.subject);
  const certified = derSequence(
    der(0xa0, derInteger(Buffer.from([2]))),
    // Positive, and not the same twice.
    derInteger(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    issuer === undefined ? subject : subjectOf(issuer.certificate),
    derSequence(derTime(request.notBeforeMs), derTime(request.notAfterMs)),
    subject,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    der(0xa3, derSequence(...extensionsOf(names, isAuthority))),
  );
  const signature = sign(digest, certified, signer);
  const bytes = derSequence(certified, algorithm, derBits(signature));
  const lines = bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function algorithmOf({ asymmetricKeyType }: KeyObject, digest: string): Buffer {
  const id = algorithms[`${asymmetricKeyType} ${digest}`];
  if (id === undefined) throw new Error(`a key of type ${asymmetricKeyType} cannot sign here`);
  const parts = [derObjectId(id)];
  if (asymmetricKeyType === 'rsa') parts.push(der(0x05));
  return derSequence(...parts);
}

function nameOf({ country, state, locality, commonName }: SubjectName): Buffer {
  const part = (id: string, value: string | undefined): Buffer[] =>
    value === undefined ? [] : [der(0x31, derSequence(derObjectId(id), derText(value)))];
  const countryText = country === undefined ? undefined : der(0x13, Buffer.from(country));
  return derSequence(
    ...(countryText === undefined
      ? []
      : [der(0x31, derSequence(derObjectId('2.5.4.6'), countryText))]),
    ...part('2.5.4.8', state),
    ...part('2.5.4.7', locality),
    ...part('2.5.4.3', commonName),
  );
}

/** The name in a certificate, byte for byte as it stands there: only so does a chain hold. */
function subjectOf(certificate: X509Certificate): Buffer {
  const [certified = certificate.raw] = derChildren(certificate.raw);
  const [, , , , , subject] = derChildren(certified);
  if (subject === undefined) throw new Error('the certificate of the authority has no version');
  return subject;
}

function extensionsOf(names: readonly string[], isAuthority: boolean): Buffer[] {
  const yes = der(0x01, Buffer.from([0xff]));
  const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
    derSequence(derObjectId(id), ...(isCritical ? [yes] : []), der(0x04, value));
  const extensions = [extension('2.5.29.19', true, derSequence(...(isAuthority ? [yes] : [])))];
  if (isAuthority) {
    // Signs certificates and lists of revoked ones.
    extensions.push(extension('2.5.29.15', true, der(0x03, Buffer.from([1, 0x06]))));
  } else {
    const purposes = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'].map(derObjectId);
    extensions.push(extension('2.5.29.37', false, derSequence(...purposes)));
  }
  if (names.length > 0) {
    extensions.push(extension('2.5.29.17', false, derSequence(...names.map(generalName))));
  }
  return extensions;
}

function generalName(name: string): Buffer {
  if (isIPv4(name)) return der(0x87, Buffer.from(name.split('.').map(Number)));
  if (isIPv6(name)) return der(0x87, addressBytes(name));
  return der(name.includes('://') ? 0x86 : 0x82, Buffer.from(name));
}

function addressBytes(address: string): Buffer {
  // A URL writes it without a dotted end.
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const words = (text: string | undefined): string[] =>
    text === undefined || text === '' ? [] : text.split(':');
  const first = words(head);
  const last = words(tail);
  const middle = Array.from({ length: 8 - first.length - last.length }, () => '0');
  const all = [...first, ...middle, ...last];
  return Buffer.from(all.map((word) => word.padStart(4, '0')).join(''), 'hex');
}
