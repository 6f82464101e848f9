import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import { MillraceError } from '../error.ts';
import * as option from '../option/declare.ts';
import type { Parsed } from '../option/option.ts';
import type { TlsDialing } from './tls_dial.ts';
import { contextOf } from './tls_dial.ts';
import { contextOptions, type KeyPairFiles, readCertificates, readKeyPair } from './tls_files.ts';
import { type KeeperWorld, TlsKeeper } from './tls_keeper.ts';
import { versionNames, versionOptions } from './tls_versions.ts';

/** The `tls_` options of outputs that connect. */
export const tlsClientShape = {
  tlsVersion: option.oneOf(versionNames, {
    doc: 'The only version of TLS that is spoken. Without it, and without bounds: 1.2 and 1.3.',
  }),
  tlsMinVersion: option.oneOf(versionNames, { doc: 'The oldest version of TLS that is spoken.' }),
  tlsMaxVersion: option.oneOf(versionNames, { doc: 'The newest version of TLS that is spoken.' }),
  tlsCiphers: option.string({ doc: 'The ciphers that are allowed, as OpenSSL lists them.' }),
  tlsInsecureMode: option.boolean({
    doc: 'Trust any server: what is sent can be read by whoever is in between.',
    default: false,
  }),
  tlsAllowSelfSignedCert: option.boolean({
    doc: 'Trust servers with a certificate that signs itself.',
    default: false,
  }),
  tlsVerifyHostname: option.boolean({
    doc: 'The certificate of a server must be for its host; for the `name` of the server where `host` is an address.',
    default: true,
  }),
  tlsCertPath: option.array({
    doc: 'Files with the certificates of the CAs of servers (PEM), instead of those that everybody trusts. All files are looked at every 10 seconds, and new connections are made with what is new.',
  }),
  tlsClientCertPath: option.string({
    doc: 'File with the certificate of this client, and behind it those that lead to its CA (PEM).',
  }),
  tlsClientPrivateKeyPath: option.string({
    doc: 'File with the private key of this client (PEM).',
  }),
  tlsClientPrivateKeyPassphrase: option.string({
    doc: 'Passphrase of that key.',
    secret: true,
  }),
};

type ClientOptions = Parsed<typeof tlsClientShape>;

/** TLS for all servers of an output. */
export interface ClientTls {
  readonly keeper: TlsKeeper;
  /** How one of the servers is dialled; `name` is what it is called where `host` is an address. */
  dialing(host: string, name: string | undefined): Omit<TlsDialing, 'farewell'>;
}

/** Sets up TLS for an output. @throws MR_OPTION when options or files do not fit */
export function clientTls(given: ClientOptions, world: KeeperWorld): ClientTls {
  const base = versionOptions({
    version: given.tlsVersion,
    minVersion: given.tlsMinVersion,
    maxVersion: given.tlsMaxVersion,
    ciphers: given.tlsCiphers,
  });
  const files = pairFiles(given);
  const authorities = (given.tlsCertPath ?? []).map((path) => ({ option: 'tls_cert_path', path }));
  const pairPaths = files === undefined ? [] : [files.certificate.path, files.key.path];
  const keeper = new TlsKeeper(
    {
      paths: [...pairPaths, ...authorities.map(({ path }) => path)],
      load() {
        const pair = files && readKeyPair(files);
        const trusted =
          authorities.length === 0 ? undefined : authorities.flatMap(readCertificates);
        return { options: contextOptions(pair, trusted, base), chain: pair?.chain ?? [] };
      },
    },
    world,
  );
  const current = contextOf(keeper);
  const context = (): SecureContext => {
    keeper.watch();
    return current();
  };
  return {
    keeper,
    dialing: (host, name) => ({
      context,
      serverName: isIP(host) === 0 ? undefined : name,
      trustsAll: given.tlsInsecureMode,
      trustsSelfSigned: given.tlsAllowSelfSignedCert,
      verifiesName: given.tlsVerifyHostname,
    }),
  };
}

function pairFiles(given: ClientOptions): KeyPairFiles | undefined {
  const { tlsClientCertPath: certificate, tlsClientPrivateKeyPath: key } = given;
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    const message = '`tls_client_cert_path` and `tls_client_private_key_path` need each other';
    throw new MillraceError('MR_OPTION', message);
  }
  return {
    certificate: { option: 'tls_client_cert_path', path: certificate },
    key: { option: 'tls_client_private_key_path', path: key },
    passphrase: given.tlsClientPrivateKeyPassphrase,
  };
}
