import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import test from 'node:test';
import { type CertificateRequest, makeCertificate } from '../../../lib/codec/certificate.ts';

const startMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const elliptic = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

function make(change: Partial<CertificateRequest> = {}): X509Certificate {
  return new X509Certificate(
    makeCertificate({
      subject: { commonName: 'one' },
      names: [],
      key: elliptic(),
      notBeforeMs: startMs,
      notAfterMs: startMs + 86_400_000,
      ...change,
    }),
  );
}

test('a certificate is for its names: hosts, addresses of both families, URIs', () => {
  const names = ['a.example', '*.b.example', '10.1.2.3', 'fd00::1:2', '::1', 'spiffe://x/agent/1'];
  const certificate = make({ names });
  for (const host of ['a.example', 'x.b.example']) assert.ok(certificate.checkHost(host), host);
  for (const address of ['10.1.2.3', 'fd00::1:2', '::1']) {
    assert.ok(certificate.checkIP(address), address);
  }
  assert.equal(certificate.checkHost('c.example'), undefined);
  assert.equal(certificate.checkIP('10.1.2.4'), undefined);
  assert.match(certificate.subjectAltName ?? '', /URI:spiffe:\/\/x\/agent\/1/);
});

test('a certificate holds for its time, in years of two digits and of four', () => {
  const soon = make();
  assert.equal(Date.parse(soon.validFrom), startMs);
  assert.equal(Date.parse(soon.validTo), startMs + 86_400_000);
  const farMs = Date.UTC(2062, 5, 1);
  assert.equal(Date.parse(make({ notAfterMs: farMs }).validTo), farMs);
});

test('an authority signs others, with keys of either kind and any digest', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  for (const key of [elliptic(), rsa]) {
    for (const digest of ['sha256', 'sha384', 'sha512'] as const) {
      const subject = { country: 'US', state: 'CA', locality: 'Tōkyō', commonName: 'root' };
      const root = make({ subject, key, digest, isAuthority: true });
      const leaf = make({ digest, issuer: { certificate: root, key } });
      assert.ok(root.ca && !leaf.ca);
      assert.equal(leaf.issuer, root.subject);
      assert.ok(leaf.checkIssued(root) && leaf.verify(root.publicKey));
      assert.ok(root.verify(root.publicKey));
      assert.ok(!leaf.checkIssued(make({ isAuthority: true })));
    }
  }
});

test('the key of a certificate is the subject’s, and a key that cannot sign is an error', () => {
  const key = elliptic();
  assert.ok(make({ key }).checkPrivateKey(key));
  assert.notEqual(make({ key }).serialNumber, make({ key }).serialNumber);
  assert.throws(() => make({ key: generateKeyPairSync('ed25519').privateKey }), /ed25519/);
});
