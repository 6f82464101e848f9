import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import test from 'node:test';
import { contextOptions, readCertificates, readKeyPair } from '../../../lib/net/tls_files.ts';
import { Office } from './certificates.ts';

const encrypted = {
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'open',
} as const;

test('a certificate comes with its chain and its key, encrypted or not, whatever stands between', (t) => {
  const office = new Office(t);
  const { pem, key, keyPem, certificate } = office.issue('one');
  writeFileSync(office.path('chain'), `issued to one\n${pem}\nby\n${office.root.pem}`);
  writeFileSync(office.path('locked'), key.export(encrypted));
  writeFileSync(office.path('plain'), `a key:\n${keyPem}`);
  for (const [path, passphrase] of [
    ['locked', 'open'],
    ['plain', undefined],
    ['plain', 'of no use'],
  ] as const) {
    const pair = readKeyPair({
      certificate: { option: 'cert_path', path: office.path('chain') },
      key: { option: 'private_key_path', path: office.path(path) },
      passphrase,
    });
    assert.deepEqual(
      pair.chain.map(({ subject }) => subject),
      ['CN=one', 'CN=root'],
    );
    assert.ok(certificate.checkPrivateKey(pair.key));
  }
});

test('what is wrong with a file is said with its option and path', (t) => {
  const office = new Office(t);
  const one = office.issue('one');
  const two = office.issue('two');
  const file = (name: string, text: string): string => {
    writeFileSync(office.path(name), text);
    return office.path(name);
  };
  const locked = file('locked', one.key.export(encrypted).toString());
  const broken = file('broken', one.pem.replace(/\n[A-Za-z]{4}/, '\n????'));
  const missing = office.path('missing');
  const faults: readonly [string, string, string | undefined, RegExp][] = [
    [missing, one.keyPath, undefined, /^`cert_path .*missing` does not exist$/],
    [office.folder, one.keyPath, undefined, /^`cert_path .*` is a folder$/],
    [
      one.keyPath,
      one.keyPath,
      undefined,
      /^`cert_path .*one\.key` holds no certificate in PEM form$/,
    ],
    [
      broken,
      one.keyPath,
      undefined,
      /^`cert_path .*broken` holds a certificate that cannot be read$/,
    ],
    [one.certPath, missing, undefined, /^`private_key_path .*missing` does not exist$/],
    [one.certPath, one.certPath, undefined, /^`private_key_path .*` holds no private key in PEM/],
    [
      one.certPath,
      two.keyPath,
      undefined,
      /^`private_key_path .*two\.key` does not belong to .*one\.crt`$/,
    ],
    [
      one.certPath,
      locked,
      undefined,
      /^`private_key_path .*locked` holds a key that needs its passphrase$/,
    ],
    [
      one.certPath,
      locked,
      'shut',
      /^`private_key_path .*locked` holds a key that its passphrase does not open$/,
    ],
  ];
  for (const [certificate, key, passphrase, message] of faults) {
    const files = {
      certificate: { option: 'cert_path', path: certificate },
      key: { option: 'private_key_path', path: key },
      passphrase,
    };
    assert.throws(() => readKeyPair(files), { code: 'MR_OPTION', message });
  }
});

test('a key that OpenSSL does not take is an error', (t) => {
  const office = new Office(t);
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 512 });
  const { certPath } = office.issue('short', { key });
  const chain = readCertificates({ option: 'cert_path', path: certPath });
  assert.throws(() => contextOptions({ chain, key }, undefined, {}), {
    code: 'MR_OPTION',
    message: /TLS cannot be set up: .*too small/,
  });
});
