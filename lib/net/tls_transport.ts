import { getFips } from 'node:crypto';
import { MillraceError } from '../error.ts';
import * as option from '../option/declare.ts';
import type { Parsed } from '../option/option.ts';
import { compileIdentities, identitySources } from './peer_identity.ts';
import { contextOptions, type KeyPair, readCertificates, readKeyPair } from './tls_files.ts';
import { type KeeperWorld, TlsKeeper, type TlsSource } from './tls_keeper.ts';
import { makeOwn } from './tls_own_certificate.ts';
import type { ClientCertificates, ServerTls } from './tls_server.ts';
import { versionNames, versionOptions } from './tls_versions.ts';

/** The options of `<transport>` of inputs that listen. */
export const transportShape = {
  protocol: option.oneOf(['tcp', 'tls'], { doc: 'Plain TCP, or TLS.', default: 'tcp' }),
  version: option.oneOf(versionNames, {
    doc: 'The only version of TLS that is spoken. Without it, and without bounds: 1.2 and 1.3.',
  }),
  minVersion: option.oneOf(versionNames, { doc: 'The oldest version of TLS that is spoken.' }),
  maxVersion: option.oneOf(versionNames, { doc: 'The newest version of TLS that is spoken.' }),
  ciphers: option.string({ doc: 'The ciphers that are allowed, as OpenSSL lists them.' }),
  insecure: option.boolean({
    doc: 'Without `cert_path`: make a certificate at the start that nobody can verify.',
    default: false,
  }),
  ensureFips: option.boolean({
    doc: 'Refuse to start unless OpenSSL is in FIPS mode.',
    default: false,
  }),
  certPath: option.string({
    doc: 'File with the certificate of this server, and behind it those that lead to its CA (PEM). Looked at every 10 seconds: a new one serves new connections, those that are open go on.',
  }),
  privateKeyPath: option.string({ doc: 'File with the private key (PEM).' }),
  privateKeyPassphrase: option.string({ doc: 'Passphrase of the private key.', secret: true }),
  clientCertAuth: option.boolean({
    doc: 'Let in only clients with a certificate of the CA in `ca_path`.',
    default: false,
  }),
  caPath: option.string({ doc: 'File with the certificates of the CAs of clients (PEM).' }),
  certVerifier: option.string({ doc: 'Ruby code in Fluentd; refused. See `allow_identities`.' }),
  clientIdentity: option.oneOf(identitySources, {
    doc: 'Which name in the certificate says who a client is: the first URI, the first host name, or the common name; `auto` takes the first of these that there is.',
    default: 'auto',
  }),
  allowIdentities: option.array({
    doc: 'Clients that may come in, by that name; `*` stands for any text. All with a certificate when absent.',
  }),
  caCertPath: option.string({
    doc: 'File with the certificate of a CA, which signs a certificate that is made at the start.',
  }),
  caPrivateKeyPath: option.string({ doc: 'File with the private key of that CA.' }),
  caPrivateKeyPassphrase: option.string({ doc: 'Passphrase of that key.', secret: true }),
  generatePrivateKeyLength: option.integer({
    doc: 'Bits of the key of a certificate that is made.',
    default: 2048,
    min: 2048,
    max: 16_384,
  }),
  generateCertCountry: option.string({ doc: 'Country in such a certificate.', default: 'US' }),
  generateCertState: option.string({ doc: 'State in such a certificate.', default: 'CA' }),
  generateCertLocality: option.string({
    doc: 'Locality in such a certificate.',
    default: 'Mountain View',
  }),
  generateCertCommonName: option.string({
    doc: 'Host that such a certificate is for; the host name of the machine when absent.',
  }),
  generateCertExpiration: option.duration({
    doc: 'How long such a certificate is valid.',
    default: 10 * 365 * 86_400_000,
  }),
  generateCertDigest: option.oneOf(['sha256', 'sha384', 'sha512'], {
    doc: 'Digest that such a certificate is signed with.',
    default: 'sha256',
  }),
  lingerTimeout: option.duration({
    doc: 'Without effect: connections are always closed so that the last acknowledgement arrives.',
  }),
};

type Transport = Parsed<typeof transportShape>;

/** Sets up TLS for a listener; undefined when it speaks plain TCP. @throws MR_OPTION when options or files do not fit */
export function serverTls(
  transport: Transport | undefined,
  world: KeeperWorld & { readonly hostname: string },
): ServerTls | undefined {
  if (transport?.protocol !== 'tls') return undefined;
  if (transport.certVerifier !== undefined) {
    throw new MillraceError('MR_OPTION', '`cert_verifier` is Ruby code, which cannot be run', {
      hint: '`allow_identities` says which certificates are let in',
    });
  }
  if (transport.ensureFips && getFips() !== 1) {
    throw new MillraceError('MR_OPTION', '`ensure_fips` is set, but OpenSSL is not in FIPS mode', {
      hint: 'start Node with `--enable-fips`, and an OpenSSL that has it',
    });
  }
  const clients = clientsOf(transport);
  const base = versionOptions(transport);
  const authorities = clients === undefined ? undefined : transport.caPath;
  const pair = pairSource(transport, world);
  const source: TlsSource = {
    paths: [...pair.paths, ...(authorities === undefined ? [] : [authorities])],
    load() {
      const { chain, key } = pair.load();
      const trusted =
        authorities === undefined
          ? undefined
          : readCertificates({ option: 'ca_path', path: authorities });
      return { options: contextOptions({ chain, key }, trusted, base), chain };
    },
  };
  return { keeper: new TlsKeeper(source, world), clients };
}

function clientsOf(transport: Transport): ClientCertificates | undefined {
  const { clientCertAuth, caPath, allowIdentities, clientIdentity } = transport;
  if (!clientCertAuth) {
    if (allowIdentities === undefined) return undefined;
    throw new MillraceError('MR_OPTION', '`allow_identities` needs `client_cert_auth true`');
  }
  if (caPath === undefined) {
    throw new MillraceError('MR_OPTION', '`client_cert_auth` needs `ca_path`', {
      hint: 'the file with the certificate of the CA that signs those of clients',
    });
  }
  return {
    identitySource: clientIdentity,
    admits: allowIdentities === undefined ? undefined : compileIdentities(allowIdentities),
  };
}

interface PairSource {
  readonly paths: readonly string[];
  load(): KeyPair;
}

function pairSource(
  transport: Transport,
  { clock, hostname }: KeeperWorld & { readonly hostname: string },
): PairSource {
  const { certPath, privateKeyPath, caCertPath, caPrivateKeyPath } = transport;
  if (certPath !== undefined) {
    const files = {
      certificate: { option: 'cert_path', path: certPath },
      key: { option: 'private_key_path', path: required(privateKeyPath, 'private_key_path') },
      passphrase: transport.privateKeyPassphrase,
    };
    return { paths: [files.certificate.path, files.key.path], load: () => readKeyPair(files) };
  }
  if (caCertPath === undefined && !transport.insecure) {
    throw new MillraceError(
      'MR_OPTION',
      '`<transport tls>` needs `cert_path` and `private_key_path`',
      {
        hint: '`ca_cert_path` and `ca_private_key_path` make a certificate at the start, and `insecure true` one that nobody can verify',
      },
    );
  }
  const authority =
    caCertPath === undefined
      ? undefined
      : {
          certificate: { option: 'ca_cert_path', path: caCertPath },
          key: {
            option: 'ca_private_key_path',
            path: required(caPrivateKeyPath, 'ca_private_key_path'),
          },
          passphrase: transport.caPrivateKeyPassphrase,
        };
  return {
    paths: authority === undefined ? [] : [authority.certificate.path, authority.key.path],
    load: () =>
      makeOwn({
        authority,
        keyBits: transport.generatePrivateKeyLength,
        country: transport.generateCertCountry,
        state: transport.generateCertState,
        locality: transport.generateCertLocality,
        commonName: transport.generateCertCommonName ?? hostname,
        digest: transport.generateCertDigest,
        // Clocks of clients may be behind.
        notBeforeMs: clock.nowMs() - 86_400_000,
        notAfterMs: clock.nowMs() + transport.generateCertExpiration,
      }),
  };
}

function required(path: string | undefined, name: string): string {
  if (path !== undefined) return path;
  throw new MillraceError('MR_OPTION', `a certificate needs its key: \`${name}\` is missing`);
}
